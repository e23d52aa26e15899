// Where everyone proves who they are: a passkey first; in the demo also one click as a persona.
import { api } from '@countersign/contract/api'
import { Button } from '@mantine/core'
import { IconFingerprint } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { passkeysWork, signInWithPasskey } from '#api/passkeys.ts'
import { client, reading } from '#api/server.client.ts'
import { Failed, Waiting } from '#design/states.tsx'
import { follow } from '#shell/next.ts'
import { Standalone } from '#shell/standalone.tsx'
import { CameBack } from './came-back.tsx'
import { Elsewhere } from './elsewhere.tsx'
import { Personas } from './personas.tsx'
import styles from './signin.module.css'

export function SignIn() {
  const {
    return: returnTo,
    fresh,
    problem,
    provider,
    reference,
    request,
  } = useSearch({ from: '/signin' })
  const offer = useQuery(reading(api.signin.offer, {}))
  const passkey = useMutation({
    mutationFn: () => signInWithPasskey(returnTo),
    onSuccess: follow,
  })
  const persona = useMutation({
    mutationFn: (person: string) =>
      client.call(api.signin.persona, {
        body: { person, ...(returnTo === undefined ? {} : { returnTo }) },
      }),
    onSuccess: ({ next }) => follow(next),
  })

  if (offer.error) {
    return (
      <Standalone title="Sign in">
        <div className={styles.body}>
          <Failed error={offer.error} onRetry={() => void offer.refetch()} />
        </div>
      </Standalone>
    )
  }
  if (!offer.data) {
    return (
      <Standalone title="Sign in">
        <Waiting lines={3} />
      </Standalone>
    )
  }
  const { organisation, setupNeeded, personas } = offer.data
  // Success leads to another page, so both stay busy until it has loaded.
  const busy = passkey.isPending || persona.isPending || passkey.isSuccess || persona.isSuccess
  const error = passkey.error ?? persona.error
  const retry = () => {
    passkey.reset()
    persona.reset()
  }
  return (
    <Standalone
      title={`Sign in to ${organisation}`}
      about={wanted(returnTo)}
      wide={personas.length > 0}
      below={
        personas.length > 0 && (
          <Personas
            personas={personas}
            busy={busy}
            chosen={persona.variables}
            onChoose={(person) => {
              retry()
              persona.mutate(person)
            }}
          />
        )
      }
    >
      <div className={styles.body}>
        {setupNeeded && (
          <p className={styles.notice}>
            Nobody administers this installation yet. Open the setup link that{' '}
            <code>countersign up</code> printed when it started.
          </p>
        )}
        {problem !== undefined && !busy && !error && (
          <CameBack
            problem={problem}
            reference={reference}
            request={request}
            contact={offer.data.providers.find((one) => one.provider === provider)?.contact}
          />
        )}
        {offer.data.appCode && (
          <p className={styles.notice}>
            You are signed in with a password. Where that is not enough,{' '}
            <Link to="/signin/code" search={returnTo === undefined ? {} : { return: returnTo }}>
              enter the code from your app
            </Link>
            .
          </p>
        )}
        {passkeysWork() ? (
          <Button
            size="md"
            fullWidth
            leftSection={<IconFingerprint size={19} />}
            loading={passkey.isPending || passkey.isSuccess}
            disabled={busy}
            onClick={() => {
              retry()
              passkey.mutate()
            }}
          >
            Sign in with a passkey
          </Button>
        ) : (
          <p className={styles.notice}>
            This browser cannot use passkeys here. Use a current browser, over HTTPS or at an
            address that ends in <code>.localhost</code>.
          </p>
        )}
        {error && <Failed error={error} />}
        <Elsewhere offer={offer.data} wanted={{ returnTo, isFresh: fresh === '1' }} busy={busy} />
        <p className={styles.explained}>
          A passkey is a key in your device, unlocked with your fingerprint, face or code. It
          answers only to this site, so it cannot be phished.{' '}
          {!setupNeeded && <Link to="/signin/recovery">My passkeys are gone</Link>}
        </p>
      </div>
    </Standalone>
  )
}

/** Says where the reader was going, where that is another host. */
function wanted(returnTo: string | undefined): string | undefined {
  const inner = /[?&]return=([^&]+)/.exec(returnTo ?? '')?.[1]
  const target = inner === undefined ? returnTo : decoded(inner)
  if (target === undefined || !URL.canParse(target)) return undefined
  return `to continue to ${new URL(target).host}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
