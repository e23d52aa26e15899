// Adding an identity provider: what the two protocols take at least. It starts with the worth of a
// password, and everything finer is for a file.
import { api } from '@countersign/contract/api'
import type { IdentityProvider } from '@countersign/contract/identity-provider'
import { Button, SegmentedControl, Textarea, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { providersChanged } from '#api/providers.ts'
import { client } from '#api/server.client.ts'
import { Card } from '#design/page.tsx'
import { Problem } from '#shell/problem.tsx'
import styles from './requests.module.css'
import columns from './providers.module.css'

export type AddedKind = IdentityProvider['kind']

interface Fields {
  readonly name: string
  readonly id: string
  readonly domains: string
  readonly issuer: string
  readonly clientId: string
  readonly secret: string
  readonly metadata: string
}

const empty: Fields = {
  name: '',
  id: '',
  domains: '',
  issuer: '',
  clientId: '',
  secret: '',
  metadata: '',
}

export function AddProvider({ kind }: { readonly kind: AddedKind }) {
  const navigate = useNavigate()
  const [fields, setFields] = useState(empty)
  const set = (name: keyof Fields) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget
    setFields((before) => ({ ...before, [name]: value }))
  }
  const add = useMutation({
    mutationFn: () => put(kind, fields),
    onSuccess: async ({ provider: { id } }) => {
      await providersChanged()
      await navigate({ to: '/identity/providers', search: { selected: id }, replace: true })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  const required = { required: true, withAsterisk: false, autoComplete: 'off' } as const
  return (
    <Card
      title="Add a provider"
      aside={
        <SegmentedControl
          size="xs"
          aria-label="What it speaks"
          value={kind}
          onChange={(chosen) =>
            void navigate({ to: '/identity/providers', search: { add: chosen }, replace: true })
          }
          data={[
            { value: 'oidc', label: 'OpenID Connect' },
            { value: 'saml', label: 'SAML' },
          ]}
        />
      }
    >
      <form className={styles.form} onSubmit={submit}>
        <div className={columns.pair}>
          <TextInput
            label="Name"
            description="What people see who choose it."
            maxLength={128}
            value={fields.name}
            onChange={set('name')}
            data-autofocus
            {...required}
          />
          <TextInput
            label="Id"
            description="A short word for addresses; it stays. Lower-case letters, digits and hyphens."
            maxLength={63}
            pattern="[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?"
            value={fields.id}
            onChange={set('id')}
            {...required}
          />
        </div>
        <TextInput
          label="Domains"
          description="Of addresses for which it is the authority, separated by commas. It speaks for nobody else by itself."
          placeholder="example.org, example.net"
          autoComplete="off"
          value={fields.domains}
          onChange={set('domains')}
        />
        {kind === 'oidc' ? (
          <>
            <TextInput
              label="Issuer"
              description="Where it is, as its documentation says. The rest is discovered from there."
              placeholder="https://login.example.org"
              type="url"
              maxLength={1024}
              value={fields.issuer}
              onChange={set('issuer')}
              {...required}
            />
            <div className={columns.pair}>
              <TextInput
                label="Client id"
                description="Our name there."
                maxLength={512}
                value={fields.clientId}
                onChange={set('clientId')}
                {...required}
              />
              <TextInput
                label="Client secret"
                description="It is sealed here, and never shown."
                type="password"
                maxLength={1024}
                value={fields.secret}
                onChange={set('secret')}
                {...required}
                autoComplete="new-password"
              />
            </div>
          </>
        ) : (
          <Textarea
            label="Its metadata"
            description="The XML that it publishes of itself: addresses and certificates are read from it."
            autosize={false}
            rows={6}
            spellCheck={false}
            value={fields.metadata}
            onChange={set('metadata')}
            {...required}
          />
        )}
        <p>
          A sign-in there is worth a password at first. What its words are worth, keys of ours in
          place of a secret, and everything else is set with{' '}
          <code>countersign identity provider add --from</code> and a file.
        </p>
        <div className={styles.buttons}>
          <Button type="submit" size="xs" loading={add.isPending}>
            Add it
          </Button>
          <Button
            size="xs"
            variant="default"
            onClick={() => void navigate({ to: '/identity/providers', search: {}, replace: true })}
          >
            Cancel
          </Button>
        </div>
        {add.error && <Problem error={add.error} onRetry={() => add.mutate()} />}
      </form>
    </Card>
  )
}

async function put(kind: AddedKind, fields: Fields) {
  const id = fields.id.trim()
  const common = {
    id,
    name: fields.name,
    enabled: true,
    domains: fields.domains
      .split(',')
      .map((domain) => domain.trim().toLowerCase())
      .filter((domain) => domain !== ''),
  }
  const params = { provider: id }
  switch (kind) {
    case 'oidc':
      return client.call(api.identity.putProvider, {
        params,
        body: {
          provider: {
            ...common,
            kind,
            oidc: {
              issuer: fields.issuer.trim(),
              clientId: fields.clientId.trim(),
              clientAuthentication: 'secret-basic',
            },
          },
          clientSecret: fields.secret,
        },
      })
    case 'saml': {
      const saml = await client.call(api.identity.samlReadProvider, {
        body: { metadata: fields.metadata },
      })
      return client.call(api.identity.putProvider, {
        params,
        body: { provider: { ...common, kind, saml } },
      })
    }
  }
}
