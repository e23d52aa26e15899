// Where a person approves a program that wants to act for them. Somebody who phishes sends such a
// link too, so the page says what was asked, from where, and what approving gives away.
import { api } from '@countersign/contract/api'
import { normalUserCode, shownUserCode } from '@countersign/contract/api/signin-device'
import type { RouteResult } from '@countersign/contract/route'
import { Button, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { readingMe } from '#api/me.ts'
import { client, leaveForSignIn, reading } from '#api/server.client.ts'
import { Definitions } from '#design/definitions.tsx'
import { Moment } from '#design/moment.tsx'
import { Prose } from '#design/prose.tsx'
import { Waiting } from '#design/states.tsx'
import { Problem } from '#shell/problem.tsx'
import { Standalone } from '#shell/standalone.tsx'
import styles from './signin.module.css'

const title = 'Sign in a program'

export function ConnectProgram() {
  const { code } = useSearch({ from: '/connect' })
  return code === undefined ? <CodeForm /> : <Approval code={shownUserCode(normalUserCode(code))} />
}

function CodeForm() {
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void navigate({ to: '/connect', search: { code: shownUserCode(normalUserCode(typed)) } })
  }
  return (
    <Standalone title={title} about="Enter the code that the program shows.">
      <form className={styles.form} onSubmit={submit}>
        <TextInput
          label="Code"
          placeholder="BCDF-GHJK"
          autoComplete="off"
          required
          withAsterisk={false}
          maxLength={32}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
        />
        <Button type="submit" size="md">
          Go on
        </Button>
      </form>
    </Standalone>
  )
}

function Approval({ code }: { readonly code: string }) {
  const me = useQuery(readingMe)
  const asked = useQuery({
    ...reading(api.signin.deviceRequest, { body: { userCode: code } }),
    // It was answered once it is asked again, and that is no news for this page.
    staleTime: Infinity,
  })
  const approve = useMutation({
    mutationFn: () => client.call(api.signin.deviceApprove, { body: { userCode: code } }),
    onError: leaveForSignIn,
  })
  const deny = useMutation({
    mutationFn: () => client.call(api.signin.deviceDeny, { body: { userCode: code } }),
    onError: leaveForSignIn,
  })

  if (approve.isSuccess) return <Done title="The program is signed in" text={approvedText} />
  if (deny.isSuccess) return <Done title="The program was denied" text={deniedText} />
  const readError = asked.error ?? me.error
  if (readError) {
    return (
      <Standalone title={title}>
        <div className={styles.body}>
          <Problem error={readError} onRetry={() => void asked.refetch()} />
        </div>
      </Standalone>
    )
  }
  if (!asked.data || !me.data) {
    return (
      <Standalone title={title}>
        <Waiting lines={4} />
      </Standalone>
    )
  }
  const error = approve.error ?? deny.error
  const busy = approve.isPending || deny.isPending
  return (
    <Standalone title={title} about={`It will open tunnels as ${me.data.person.name}.`}>
      <div className={styles.body}>
        <p className={styles.notice}>
          Approve only what you started yourself, just now, in a terminal that shows this code. If
          somebody sent you this link or the code, deny it: whoever sent it would act in your name.
        </p>
        <Asked code={code} asked={asked.data} />
        <Button
          size="md"
          fullWidth
          loading={approve.isPending}
          disabled={busy}
          onClick={() => approve.mutate()}
        >
          The code is the same: sign it in
        </Button>
        <Button
          size="md"
          fullWidth
          variant="default"
          loading={deny.isPending}
          disabled={busy}
          onClick={() => deny.mutate()}
        >
          Deny
        </Button>
        {error !== null && <Problem error={error} onRetry={() => approve.mutate()} />}
      </div>
    </Standalone>
  )
}

type Request = RouteResult<typeof api.signin.deviceRequest>

function Asked({ code, asked }: { readonly code: string; readonly asked: Request }) {
  const { program, machine, address, isSameAddress, askedAt } = asked
  return (
    <>
      <Definitions
        rows={{
          Code: <strong className={styles.code}>{code}</strong>,
          Program: `${program}, as it calls itself`,
          Machine: `${machine}, as it says`,
          Address: address,
          Asked: <Moment at={askedAt} />,
        }}
      />
      {!isSameAddress && (
        <p className={styles.alarm} role="alert">
          It asks from another network address than this browser. Deny it unless you know why.
        </p>
      )}
    </>
  )
}

const approvedText =
  'Go back to your terminal. It ends with your sign-in here at the latest, or with `countersign signout`.'
const deniedText =
  'It got nothing. If you did not start it yourself, tell your security team who sent you here.'

function Done({ title: heading, text }: { readonly title: string; readonly text: string }) {
  return (
    <Standalone title={heading}>
      <div className={styles.body}>
        <p className={styles.explained}>
          <Prose text={text} />
        </p>
      </div>
    </Standalone>
  )
}
