// Through whom people may sign in who have an account elsewhere, and what the word of each is worth.
import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type Provider, providersTitle, readProviders } from '#api/providers.ts'
import type { Column } from '#design/table.tsx'
import { Listing } from '#lists/listing.tsx'
import { figure } from '#words/figures.ts'
import { providerKindWords } from '#words/providers.ts'
import { AddProvider } from './add-provider.tsx'
import { ProviderInspection, ProviderState } from './provider-inspection.tsx'

export function IdentityProviders() {
  const { add } = useSearch({ from: '/shell/identity/providers' })
  const navigate = useNavigate()
  const open = () => void navigate({ to: '/identity/providers', search: { add: 'oidc' } })
  return (
    <Listing
      title={providersTitle}
      about="Where people may sign in who have an account there already. What a provider’s word is worth is decided here: it cannot raise itself."
      noun={['provider', 'providers']}
      filledBy="Everyone signs in with a passkey here. Add a provider for people who have an account elsewhere."
      columns={columns}
      read={({ search = '' }, signal) => readProviders(search, signal)}
      inspector={ProviderInspection}
      actions={
        add === undefined ? (
          <Button leftSection={<IconPlus size={16} />} onClick={open}>
            Add a provider
          </Button>
        ) : undefined
      }
    >
      {add !== undefined && <AddProvider kind={add} />}
    </Listing>
  )
}

const columns: readonly Column<Provider>[] = [
  { title: 'Name', cell: ({ name }) => name },
  { title: 'Speaks', cell: ({ provider }) => providerKindWords[provider.kind] },
  {
    title: 'Domains',
    cell: ({ provider: { domains } }) => (domains.length === 0 ? 'none' : domains.join(', ')),
    wideOnly: true,
  },
  { title: 'People linked', cell: ({ links }) => figure(links), align: 'end', wideOnly: true },
  {
    title: 'State',
    cell: (provider) => <ProviderState item={provider} />,
  },
]
