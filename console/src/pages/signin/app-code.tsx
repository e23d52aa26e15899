// A second factor for someone who signed in elsewhere with a password: six digits from an app.
import { api } from '@countersign/contract/api'
import { Button, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { client, leaveForSignIn } from '#api/server.client.ts'
import { Failed } from '#design/states.tsx'
import { follow } from '#shell/next.ts'
import { Standalone } from '#shell/standalone.tsx'
import styles from './signin.module.css'

export function AppCode() {
  const { return: returnTo } = useSearch({ from: '/signin/code' })
  const [code, setCode] = useState('')
  const add = useMutation({
    mutationFn: () =>
      client.call(api.signin.otp, {
        body: { code, ...(returnTo === undefined ? {} : { returnTo }) },
      }),
    onSuccess: ({ next }) => follow(next),
    onError: leaveForSignIn,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  return (
    <Standalone
      title="Enter the code from your app"
      about="It is the second factor to the password you signed in with."
    >
      <form className={styles.form} onSubmit={submit}>
        <TextInput
          label="Six digits"
          autoComplete="one-time-code"
          inputMode="numeric"
          pattern="\d{6}"
          required
          withAsterisk={false}
          maxLength={6}
          value={code}
          onChange={(event) => {
            setCode(event.currentTarget.value.replaceAll(/\D/g, ''))
            add.reset()
          }}
          classNames={{ input: styles.code ?? '' }}
          data-autofocus
        />
        <Button type="submit" size="md" loading={add.isPending || add.isSuccess}>
          Go on
        </Button>
        {add.error !== null && <Failed error={add.error} />}
        <p className={styles.explained}>
          A code can be typed into the wrong site; a passkey cannot. Where a passkey is asked for, a
          code does not do. <Link to="/signin">Use a passkey instead</Link>
        </p>
      </form>
    </Standalone>
  )
}
