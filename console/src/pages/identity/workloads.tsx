// Identities that are not people, which are most of them.
import { api } from '@countersign/contract/api'
import type { Workload } from '@countersign/contract/documents'
import { client } from '#api/server.client.ts'
import { useNow } from '#design/clock.tsx'
import { Moment } from '#design/moment.tsx'
import type { Column } from '#design/table.tsx'
import { Tag } from '#design/tag.tsx'
import { Inspection } from '#lists/inspection.tsx'
import { Listing } from '#lists/listing.tsx'
import { Reference, References } from '#lists/references.tsx'
import { sentence } from '#words/figures.ts'

export function Workloads() {
  return (
    <Listing
      title="Workloads"
      about="Services, machines, shared accounts and API keys. Each needs an owner, a purpose and a credential that ends."
      noun={['workload', 'workloads']}
      filledBy="Workloads come from your directory and your clouds. Import them with `countersign`."
      columns={columns}
      read={(query, signal) => client.call(api.identity.workloads, { query }, { signal })}
      inspector={WorkloadInspection}
    />
  )
}

const classWords: Readonly<Record<Workload['class'], string>> = {
  service: 'Service',
  machine: 'Machine',
  shared: 'Shared account',
  'api-key': 'API key',
}

const columns: readonly Column<Workload>[] = [
  { title: 'Name', cell: ({ name }) => name },
  { title: 'Class', cell: (it) => <Tag>{classWords[it.class]}</Tag> },
  { title: 'Owner', cell: (it) => <Owner workload={it} /> },
  {
    title: 'Purpose',
    cell: ({ purpose }) => (purpose === undefined ? '–' : sentence(purpose)),
    wideOnly: true,
  },
  { title: 'Credential ends', cell: (it) => <CredentialEnd workload={it} /> },
  { title: 'Account', cell: ({ active }) => (active ? 'Active' : 'Not active'), wideOnly: true },
]

function Owner({ workload }: { readonly workload: Workload }) {
  return workload.owner === undefined ? <Tag tone="notice">No owner</Tag> : workload.owner
}

function CredentialEnd({ workload: { credentialExpiresAt } }: { readonly workload: Workload }) {
  const now = useNow()
  if (credentialExpiresAt === undefined) return <Tag tone="notice">Never</Tag>
  if (credentialExpiresAt <= now) return <Tag tone="bad">Ended</Tag>
  return <Moment at={credentialExpiresAt} as="day" />
}

function WorkloadInspection({ item: workload }: { readonly item: Workload }) {
  const { id, owner, purpose, active, groups } = workload
  return (
    <Inspection
      id={id}
      decisions={{ principal: id }}
      rows={{
        Class: classWords[workload.class],
        Purpose: purpose ? sentence(purpose) : <Tag tone="notice">Not stated</Tag>,
        Owner: owner ? <Reference kind="person" id={owner} /> : <Tag tone="notice">No owner</Tag>,
        'Credential ends': <CredentialEnd workload={workload} />,
        Account: active ? 'Active' : 'Not active',
        Groups: <References kind="group" ids={groups} />,
      }}
    />
  )
}
