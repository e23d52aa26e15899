// Codes from an app: a second factor for someone who signs in elsewhere with a password. Offered
// only to those to whom the organisation allows it.
import { api } from '@countersign/contract/api'
import { Button, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { encode } from 'uqr'
import { factorsChanged, type MyFactors } from '#api/factors.ts'
import { client } from '#api/server.client.ts'
import { Confirm } from '#design/confirm.tsx'
import { Copyable } from '#design/copy.tsx'
import { Moment } from '#design/moment.tsx'
import { Card } from '#design/page.tsx'
import { Problem } from '#shell/problem.tsx'
import styles from './passkeys.module.css'

export function AppCodes({ otp: { allowed, setAt, lastUsedAt } }: Pick<MyFactors, 'otp'>) {
  const begin = useMutation({
    mutationFn: () => client.call(api.identity.beginOtp, { body: {} }),
  })
  const remove = useMutation({
    mutationFn: () => client.call(api.identity.removeOtp, {}),
    onSuccess: factorsChanged,
  })
  if (!allowed && setAt === undefined) return null
  return (
    <Card title="Codes from an app">
      <div className={styles.part}>
        <p>
          Six digits from an app on your phone, as the second factor to a password at another
          provider. They can be typed into the wrong site, so they count for less than a passkey.
        </p>
        {setAt !== undefined && (
          <>
            <p>
              Set up on <Moment at={setAt} as="day" />
              {lastUsedAt === undefined ? (
                ', never used'
              ) : (
                <>
                  , last used <Moment at={lastUsedAt} />
                </>
              )}
              .{!allowed && ' They are not allowed to you any more, and count for nothing.'}
            </p>
            <Confirm
              label="Remove"
              of="codes from an app"
              consequence="Codes from that app count for nothing from now on."
              confirm="Remove them"
              loading={remove.isPending}
              onConfirm={() => remove.mutate()}
            />
          </>
        )}
        {setAt === undefined && begin.data === undefined && (
          <Button
            size="xs"
            variant="default"
            loading={begin.isPending}
            onClick={() => begin.mutate()}
          >
            Set up an app
          </Button>
        )}
        {setAt === undefined && begin.data && (
          <Finish uri={begin.data.uri} typed={begin.data.key} onDone={begin.reset} />
        )}
        {begin.error && <Problem error={begin.error} onRetry={() => begin.mutate()} />}
        {remove.error && <Problem error={remove.error} onRetry={() => remove.mutate()} />}
      </div>
    </Card>
  )
}

interface FinishProps {
  readonly uri: string
  /** The key in base 32, to type. */
  readonly typed: string
  readonly onDone: () => void
}

function Finish({ uri, typed, onDone }: FinishProps) {
  const [code, setCode] = useState('')
  const confirm = useMutation({
    mutationFn: () => client.call(api.identity.confirmOtp, { body: { code } }),
    onSuccess: async () => {
      await factorsChanged()
      onDone()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    confirm.mutate()
  }
  return (
    <form className={styles.part} onSubmit={submit}>
      <p>Scan this with the app, or type the key. It is shown only now.</p>
      <QrCode text={uri} />
      <Copyable value={typed} what="key" />
      <TextInput
        label="The code that the app shows"
        autoComplete="one-time-code"
        inputMode="numeric"
        pattern="\d{6}"
        required
        withAsterisk={false}
        maxLength={6}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value.replaceAll(/\D/g, ''))}
      />
      <div className={styles.buttons}>
        <Button type="submit" size="xs" loading={confirm.isPending}>
          Finish
        </Button>
        <Button size="xs" variant="default" onClick={onDone} disabled={confirm.isPending}>
          Cancel
        </Button>
      </div>
      {confirm.error && <Problem error={confirm.error} onRetry={() => confirm.mutate()} />}
    </form>
  )
}

/** Dark on white in every theme, because cameras expect it. */
function QrCode({ text }: { readonly text: string }) {
  const { data, size } = encode(text, { border: 3 })
  const path = data
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('')
  return (
    <svg
      className={styles.qr}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      aria-labelledby="qr-code"
    >
      <title id="qr-code">The key as a QR code</title>
      <path d={path} fill="#000" />
    </svg>
  )
}
