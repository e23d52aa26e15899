// Registering an application that has a sign-in of its own: where people go back to and how it shows
// that it is itself, or the metadata of one that speaks SAML.
import { api } from '@countersign/contract/api'
import type { OpenIdSignOn } from '@countersign/contract/sign-on'
import { Button, NativeSelect, SegmentedControl, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { client } from '#api/server.client.ts'
import { Problem } from '#shell/problem.tsx'
import { proofWords } from '#words/sign-on.ts'
import styles from './application-sign-on.module.css'

interface RegisterSignOnProps {
  readonly id: string
  readonly onCancel: () => void
  readonly onDone: () => Promise<unknown>
}

type OfferedProof = Exclude<OpenIdSignOn['proof'], 'private_key_jwt'>
const offeredProofs: readonly OfferedProof[] = ['client_secret_basic', 'none']

export function RegisterSignOn({ id, onCancel, onDone }: RegisterSignOnProps) {
  const [kind, setKind] = useState('oidc')
  const [addresses, setAddresses] = useState('')
  const [proof, setProof] = useState<OfferedProof>('client_secret_basic')
  const [metadata, setMetadata] = useState('')
  const register = useMutation({
    mutationFn: async () =>
      client.call(api.applications.setSignOn, {
        params: { application: id },
        body:
          kind === 'oidc'
            ? {
                kind: 'oidc',
                redirectUris: addresses.split(/\s+/).filter((address) => address !== ''),
                proof,
                scopes: ['profile', 'email', 'groups'],
              }
            : await client.call(api.applications.samlReadApplication, { body: { metadata } }),
      }),
    onSuccess: onDone,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    register.mutate()
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <SegmentedControl
        size="xs"
        aria-label="What it speaks"
        value={kind}
        onChange={setKind}
        data={[
          { value: 'oidc', label: 'OpenID Connect' },
          { value: 'saml', label: 'SAML' },
        ]}
      />
      {kind === 'oidc' ? (
        <>
          <Textarea
            label="Redirect addresses"
            description="Where people go back to with a code, one on each line. They are compared letter by letter."
            placeholder="https://wiki.example.org/callback"
            autosize={false}
            rows={3}
            required
            withAsterisk={false}
            spellCheck={false}
            value={addresses}
            onChange={(event) => setAddresses(event.currentTarget.value)}
            data-autofocus
          />
          <NativeSelect
            label="How it shows that it is itself"
            value={proof}
            onChange={({ currentTarget: { value } }) =>
              setProof(offeredProofs.find((one) => one === value) ?? proof)
            }
            data={offeredProofs.map((value) => ({ value, label: proofWords[value] }))}
          />
          <p>
            Keys of its own, sign-out addresses and everything else:{' '}
            <code>countersign applications sign-on register {id}</code>.
          </p>
        </>
      ) : (
        <Textarea
          label="Its metadata"
          description="The XML that it publishes of itself as a service provider."
          autosize={false}
          rows={6}
          required
          withAsterisk={false}
          spellCheck={false}
          value={metadata}
          onChange={(event) => setMetadata(event.currentTarget.value)}
          data-autofocus
        />
      )}
      <div className={styles.buttons}>
        <Button type="submit" size="xs" loading={register.isPending}>
          Register it
        </Button>
        <Button size="xs" variant="default" disabled={register.isPending} onClick={onCancel}>
          Cancel
        </Button>
      </div>
      {register.error && <Problem error={register.error} onRetry={() => register.mutate()} />}
    </form>
  )
}
