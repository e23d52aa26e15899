// My sign-in: how and when I proved who I am, what that is worth, and what I sign in with.
import { Button } from '@mantine/core'
import { IconLogout } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { readingMyFactors } from '#api/factors.ts'
import { useMe } from '#api/me.ts'
import { Definitions } from '#design/definitions.tsx'
import { Moment } from '#design/moment.tsx'
import { Card, Page } from '#design/page.tsx'
import { ProvenanceBadge } from '#design/provenance.tsx'
import { Waiting } from '#design/states.tsx'
import { Problem } from '#shell/problem.tsx'
import { useSignOut } from '#shell/sign-out.ts'
import { methodWords, strengthWords } from '#words/authentication.ts'
import { AppCodes } from './app-codes.tsx'
import { LostDevice, RecoveryUnderWay } from './lost-device.tsx'
import { Passkeys } from './passkeys.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'
import { ReportsRecoveries } from './reports-recoveries.tsx'

export function MySignIn() {
  const { person, session } = useMe()
  const factors = useQuery(readingMyFactors)
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
      {factors.data?.recovery && <RecoveryUnderWay recovery={factors.data.recovery} />}
      <ReportsRecoveries />
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
      {factors.error && <Problem error={factors.error} onRetry={() => void factors.refetch()} />}
      {factors.isPending && (
        <Card title="My passkeys">
          <Waiting lines={3} />
        </Card>
      )}
      {factors.data && (
        <>
          <Passkeys passkeys={factors.data.passkeys} />
          <AppCodes otp={factors.data.otp} />
          <RecoveryCodes recoveryCodes={factors.data.recoveryCodes} />
          {factors.data.recovery === undefined && factors.data.passkeys.length > 0 && (
            <LostDevice passkeys={factors.data.passkeys} />
          )}
        </>
      )}
    </Page>
  )
}
