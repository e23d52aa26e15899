// The first administrator: a single-use link, a name, a passkey.
import { Button, TextInput } from '@mantine/core'
import { IconFingerprint } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { passkeysWork, registerWithLink } from '#api/passkeys.ts'
import { Failed } from '#design/states.tsx'
import { follow } from '#shell/next.ts'
import { Standalone } from '#shell/standalone.tsx'
import styles from './signin.module.css'

const nameMaxCharacters = 128

export function Setup() {
  // The secret stands after the `#`, so that it is never sent in an address or kept in a log.
  const { hash: link } = useLocation()
  const [name, setName] = useState('')
  const register = useMutation({
    mutationFn: () => registerWithLink(link, name.trim()),
    onSuccess: follow,
  })
  if (link === '') {
    return (
      <Standalone title="Set up Countersign">
        <div className={styles.body}>
          <p className={styles.notice}>
            The setup link is incomplete: the part after <code>#</code> is missing. Copy the whole
            line that <code>countersign up</code> printed.
          </p>
        </div>
      </Standalone>
    )
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    register.mutate()
  }
  return (
    <Standalone
      title="Set up Countersign"
      about="You become the first administrator. This link works once: creating your passkey spends it."
    >
      <form className={styles.form} onSubmit={submit}>
        <TextInput
          label="Your name"
          description="As others will read it in decisions and in the journal."
          autoComplete="name"
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
            loading={register.isPending || register.isSuccess}
          >
            Create my passkey
          </Button>
        ) : (
          <p className={styles.notice}>
            This browser cannot make passkeys here. Open the link in a current browser, over HTTPS
            or at an address that ends in <code>.localhost</code>.
          </p>
        )}
        {register.error && <Failed error={register.error} />}
        <p className={styles.explained}>
          Your device will ask for your fingerprint, face or code. The key stays in the device;
          Countersign keeps only its public half.
        </p>
      </form>
    </Standalone>
  )
}
