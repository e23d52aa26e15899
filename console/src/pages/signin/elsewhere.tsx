// Signing in where one has an account already: the providers that anyone may choose, and a field
// for an address that leads to one. It says nothing of who exists.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { Button, TextInput } from '@mantine/core'
import { IconArrowRight, IconBuilding } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { client } from '#api/server.client.ts'
import { Failed } from '#design/states.tsx'
import { follow } from '#shell/next.ts'
import styles from './signin.module.css'

type Offer = RouteResult<typeof api.signin.offer>

interface ElsewhereProps {
  readonly offer: Pick<Offer, 'providers' | 'findsProviders'>
  readonly wanted: Wanted
  readonly busy: boolean
}

interface Wanted {
  readonly returnTo: string | undefined
  /** Whether only a sign-in made from now on does. */
  readonly isFresh: boolean
}

export function Elsewhere({ offer: { providers, findsProviders }, wanted, busy }: ElsewhereProps) {
  return (
    <>
      {providers.map(({ provider, name }) => (
        <Button
          key={provider}
          size="md"
          fullWidth
          variant="default"
          leftSection={<IconBuilding size={19} />}
          disabled={busy}
          onClick={() => follow(wayTo(provider, wanted))}
        >
          Sign in with {name}
        </Button>
      ))}
      {findsProviders && <ByAddress wanted={wanted} busy={busy} />}
    </>
  )
}

function ByAddress({ wanted, busy }: Omit<ElsewhereProps, 'offer'>) {
  const [address, setAddress] = useState('')
  const find = useMutation({
    mutationFn: () => client.call(api.signin.findProvider, { body: { address: address.trim() } }),
    onSuccess: ({ provider }) => {
      if (provider) follow(wayTo(provider.provider, wanted))
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    find.mutate()
  }
  const isNobodys = find.data !== undefined && find.data.provider === undefined
  return (
    <form className={styles.address} onSubmit={submit}>
      <TextInput
        label="Your organisation’s sign-in"
        placeholder="you@your-organisation.example"
        autoComplete="email"
        inputMode="email"
        required
        withAsterisk={false}
        maxLength={320}
        value={address}
        error={isNobodys ? 'No organisation signs in here with this address.' : undefined}
        onChange={(event) => {
          setAddress(event.currentTarget.value)
          find.reset()
        }}
      />
      <Button
        type="submit"
        variant="default"
        aria-label="Go to my organisation’s sign-in"
        disabled={busy}
        loading={find.isPending || find.data?.provider !== undefined}
      >
        <IconArrowRight size={17} />
      </Button>
      {find.error && <Failed error={find.error} />}
    </form>
  )
}

/** The address that leads to a provider and back to where the reader was going. */
function wayTo(provider: string, { returnTo, isFresh }: Wanted): string {
  const query = new URLSearchParams()
  if (returnTo !== undefined) query.set('return', returnTo)
  // Who was sent here to prove themselves again is asked again there, too.
  if (isFresh || (returnTo !== undefined && isFreshAsked(returnTo))) query.set('fresh', '1')
  return `/signin/with/${encodeURIComponent(provider)}?${query.toString()}`
}

function isFreshAsked(returnTo: string): boolean {
  return new URL(returnTo, window.location.href).searchParams.get('fresh') === '1'
}
