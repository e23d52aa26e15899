// The first passkey of a person, with a link that somebody issued for them. The link says who they
// are, so they only name the key.
import { Button, TextInput } from '@mantine/core'
import { IconFingerprint } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { beginEnrolment, enrolWithLink, passkeysWork } from '#api/passkeys.ts'
import { Failed, Waiting } from '#design/states.tsx'
import { follow } from '#shell/next.ts'
import { Standalone } from '#shell/standalone.tsx'
import styles from './signin.module.css'

const nameMaxCharacters = 64

export function Enrol() {
  // The secret stands after the `#`, so that it is never sent in an address or kept in a log.
  const { hash: link } = useLocation()
  if (link === '') {
    return (
      <Standalone title="Create your passkey">
        <div className={styles.body}>
          <p className={styles.notice}>
            The link is incomplete: the part after <code>#</code> is missing. Copy the whole link
            that you were given.
          </p>
        </div>
      </Standalone>
    )
  }
  return <WithLink link={link} />
}

function WithLink({ link }: { readonly link: string }) {
  const [name, setName] = useState('')
  const begun = useQuery({
    queryKey: ['enrolment', link],
    queryFn: () => beginEnrolment(link),
    // Asking again would only answer with another challenge.
    staleTime: Infinity,
    retry: false,
  })
  const enrol = useMutation({
    // The person may have read for longer than a challenge is good for, so each try has its own.
    mutationFn: async () => enrolWithLink(link, name.trim(), await beginEnrolment(link)),
    onSuccess: follow,
  })
  if (begun.error) {
    return (
      <Standalone title="Create your passkey">
        <div className={styles.body}>
          <Failed error={begun.error} onRetry={() => void begun.refetch()} />
        </div>
      </Standalone>
    )
  }
  if (!begun.data) {
    return (
      <Standalone title="Create your passkey">
        <Waiting lines={3} />
      </Standalone>
    )
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    enrol.mutate()
  }
  return (
    <Standalone
      title="Create your passkey"
      about={`This link is for ${begun.data.name} and works once. If that is not you, close this page and tell whoever gave it to you.`}
    >
      <form className={styles.form} onSubmit={submit}>
        <TextInput
          label="What to call this passkey"
          description="By where it lives, so that you know it again: my laptop, the blue key."
          autoComplete="off"
          required
          withAsterisk={false}
          maxLength={nameMaxCharacters}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        {passkeysWork() ? (
          <Button
            type="submit"
            size="md"
            leftSection={<IconFingerprint size={19} />}
            loading={enrol.isPending || enrol.isSuccess}
          >
            Create my passkey
          </Button>
        ) : (
          <p className={styles.notice}>
            This browser cannot make passkeys here. Open the link in a current browser, over HTTPS
            or at an address that ends in <code>.localhost</code>.
          </p>
        )}
        {enrol.error && <Failed error={enrol.error} />}
        <p className={styles.explained}>
          Your device will ask for your fingerprint, face or code. The key stays in the device;
          Countersign keeps only its public half.
        </p>
      </form>
    </Standalone>
  )
}
