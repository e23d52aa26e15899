// One identity provider at the side of the list: what to enter there, whether it can be used, what
// its word is worth, and its end.
import { api } from '@countersign/contract/api'
import type { TrustRow } from '@countersign/contract/identity-provider'
import type { RouteResult } from '@countersign/contract/route'
import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type Provider, providersChanged } from '#api/providers.ts'
import { client } from '#api/server.client.ts'
import { Confirm } from '#design/confirm.tsx'
import { Copyable } from '#design/copy.tsx'
import { Definitions } from '#design/definitions.tsx'
import { Moment } from '#design/moment.tsx'
import { Prose } from '#design/prose.tsx'
import { Tag } from '#design/tag.tsx'
import { Inspection } from '#lists/inspection.tsx'
import { Problem } from '#shell/problem.tsx'
import { counted, sentence } from '#words/figures.ts'
import { addressTitle, providerKindWords, worthWords } from '#words/providers.ts'
import styles from './providers.module.css'

type Finding = RouteResult<typeof api.identity.checkProvider>['findings'][number]

export function ProviderInspection({ item }: { readonly item: Provider }) {
  const { id, provider, missing, addresses, publicKey, secretSetAt, links } = item
  const { listed, domains, contact, trust } = provider
  return (
    <Inspection
      id={id}
      rows={{
        Speaks: providerKindWords[provider.kind],
        State: <ProviderState item={item} />,
        Missing:
          missing.length === 0 ? undefined : (
            <>
              {sentence(missing.join(', '))}: give it with{' '}
              <code>countersign identity provider add {id}</code>
            </>
          ),
        'On the sign-in page': listed ? 'For everyone' : 'Found by address only',
        'Speaks for': domains.length === 0 ? 'No domain' : domains.join(', '),
        Issuer: provider.kind === 'oidc' ? <code>{provider.oidc.issuer}</code> : undefined,
        'Client id': provider.kind === 'oidc' ? <code>{provider.oidc.clientId}</code> : undefined,
        'Entity id': provider.kind === 'saml' ? <code>{provider.saml.entityId}</code> : undefined,
        [publicKey ? 'Our key' : 'Client secret']:
          secretSetAt === undefined ? undefined : (
            <>
              Set <Moment at={secretSetAt} as="day" />
            </>
          ),
        'Who helps': contact,
        'People linked': counted(links, 'person', 'people'),
      }}
    >
      <section className={styles.part}>
        <h3>To enter there</h3>
        <Definitions
          rows={Object.fromEntries(
            Object.entries(addresses).map(([name, address]) => [
              addressTitle(name),
              <Copyable key={name} value={address} what={addressTitle(name).toLowerCase()} />,
            ]),
          )}
        />
      </section>
      <Check id={id} />
      <Worth trust={trust} />
      <Remove item={item} />
    </Inspection>
  )
}

export function ProviderState({ item: { provider, missing } }: { readonly item: Provider }) {
  if (missing.length > 0) return <Tag tone="bad">Not complete</Tag>
  return provider.enabled ? <>In use</> : <Tag tone="notice">Off</Tag>
}

const severityTags = {
  fault: <Tag tone="bad">Fault</Tag>,
  warning: <Tag tone="notice">Warning</Tag>,
  note: <Tag>Note</Tag>,
} as const satisfies Record<Finding['severity'], unknown>

function Check({ id }: { readonly id: string }) {
  const check = useMutation({
    mutationFn: () =>
      client.call(api.identity.checkProvider, { params: { provider: id }, body: {} }),
  })
  return (
    <section className={styles.part}>
      <h3>Does it work?</h3>
      <p>Asks the provider what it offers, and compares that with what is set here.</p>
      <output className={styles.part}>
        {check.data && (
          <>
            <p>
              {check.data.isUsable ? (
                <Tag tone="good">It can be used</Tag>
              ) : (
                <Tag tone="bad">It cannot be used as it is</Tag>
              )}
            </p>
            <ul className={styles.findings}>
              {check.data.findings.map(({ severity, text }) => (
                <li key={text}>
                  {severityTags[severity]}
                  <span>
                    <Prose text={sentence(text)} />
                  </span>
                </li>
              ))}
            </ul>
          </>
        )}
      </output>
      <Button size="xs" variant="default" loading={check.isPending} onClick={() => check.mutate()}>
        {check.data ? 'Check again' : 'Check it'}
      </Button>
      {check.error && <Problem error={check.error} onRetry={() => check.mutate()} />}
    </section>
  )
}

function Worth({ trust }: { readonly trust: readonly TrustRow[] }) {
  return (
    <section className={styles.part}>
      <h3>What its word is worth here</h3>
      {trust.length > 0 && (
        <Definitions
          rows={Object.fromEntries(trust.map((row) => [`${row.when} ${row.is}`, worthWords(row)]))}
        />
      )}
      <p>
        {trust.length === 0
          ? 'It is trusted with nothing more than a password, whatever it says.'
          : 'The first that fits counts. Everything else is worth a password.'}{' '}
        Change it with <code>countersign identity provider add --from</code> and a file.
      </p>
    </section>
  )
}

function Remove({ item: { id, name, links } }: { readonly item: Provider }) {
  const remove = useMutation({
    mutationFn: () => client.call(api.identity.removeProvider, { params: { provider: id } }),
    onSuccess: providersChanged,
  })
  return (
    <section className={styles.part}>
      <Confirm
        label="Remove"
        of={name}
        consequence={`Everyone who is signed in through ${name} is signed out at once, and ${counted(links, 'link', 'links')} to people ${links === 1 ? 'is' : 'are'} forgotten. Nobody can sign in through it any more.`}
        confirm="Remove it"
        loading={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
      {remove.error && <Problem error={remove.error} onRetry={() => remove.mutate()} />}
    </section>
  )
}
