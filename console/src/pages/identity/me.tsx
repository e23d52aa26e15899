// My sign-in: how and when I proved who I am, what that is worth, and my passkeys.
import { Button } from '@mantine/core'
import { IconLogout } from '@tabler/icons-react'
import { useMe } from '#api/me.ts'
import { Definitions } from '#design/definitions.tsx'
import { Moment } from '#design/moment.tsx'
import { Card, Page } from '#design/page.tsx'
import { ProvenanceBadge } from '#design/provenance.tsx'
import { useSignOut } from '#shell/sign-out.ts'
import { methodWords, strengthWords } from '#words/authentication.ts'
import { Passkeys } from './passkeys.tsx'

export function MySignIn() {
  const { person, session, passkeys } = useMe()
  const signOut = useSignOut()
  const { method, phishingResistant, observedAt, provenance } = session.authentication
  return (
    <Page
      title="My sign-in"
      about="Every access is decided with these facts, and with how old they are at that moment."
      width="narrow"
      actions={
        <Button
          variant="default"
          leftSection={<IconLogout size={15} />}
          loading={signOut.isPending}
          onClick={() => signOut.mutate()}
        >
          Sign out
        </Button>
      }
    >
      <Card title="This session">
        <Definitions
          rows={{
            'Signed in as': `${person.name} (${person.id})`,
            How: methodWords[method],
            Strength: strengthWords(method, phishingResistant),
            'Last proved': <Moment at={observedAt} />,
            'Known how': <ProvenanceBadge provenance={provenance} />,
            Began: <Moment at={session.startedAt} as="moment" />,
            Ends: <Moment at={session.endsAt} />,
            Device: session.device ?? 'No device is tied to this session.',
          }}
        />
      </Card>
      <Passkeys passkeys={passkeys} />
    </Page>
  )
}
