// A way back for someone whose passkeys are gone: one of the codes they put away. It opens nothing
// but the way to a new passkey.
import { api } from '@countersign/contract/api'
import { Button, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { client } from '#api/server.client.ts'
import { Failed } from '#design/states.tsx'
import { follow } from '#shell/next.ts'
import { Standalone } from '#shell/standalone.tsx'
import styles from './signin.module.css'

export function RecoveryCode() {
  const [code, setCode] = useState('')
  const use = useMutation({
    mutationFn: () => client.call(api.signin.recoveryCode, { body: { code } }),
    onSuccess: ({ next }) => follow(next),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    use.mutate()
  }
  return (
    <Standalone
      title="Use a recovery code"
      about="Each of your codes works once. It lets you create a new passkey, and opens nothing else."
    >
      <form className={styles.form} onSubmit={submit}>
        <TextInput
          label="Recovery code"
          autoComplete="off"
          spellCheck={false}
          required
          withAsterisk={false}
          maxLength={64}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          classNames={{ input: styles.code ?? '' }}
          data-autofocus
        />
        <Button type="submit" size="md" loading={use.isPending || use.isSuccess}>
          Go on to a new passkey
        </Button>
        {use.error && <Failed error={use.error} />}
        <p className={styles.explained}>
          No codes left either? Ask your manager or an administrator: one of them can confirm who
          you are and give you a link. <Link to="/signin">Back to signing in</Link>
        </p>
      </form>
    </Standalone>
  )
}
