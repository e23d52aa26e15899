// The application inventory: what there is to protect, and how critical each is.
import { api } from '@countersign/contract/api'
import type { Application } from '@countersign/contract/documents'
import { client } from '#api/server.client.ts'
import type { Column } from '#design/table.tsx'
import { Tag } from '#design/tag.tsx'
import { Inspection } from '#lists/inspection.tsx'
import { Listing } from '#lists/listing.tsx'
import { Reference, References } from '#lists/references.tsx'
import { ApplicationSignOn } from './application-sign-on.tsx'
import { TierTag } from './tier.tsx'
import { sentence } from '#words/figures.ts'

export function Applications() {
  return (
    <Listing
      title="Applications"
      about="What there is to protect. The tier says how critical it is: tier 0 is what the organisation cannot lose."
      noun={['application', 'applications']}
      filledBy="Add applications by import; one with a host name and an upstream is served by the gateway at once."
      columns={columns}
      read={(query, signal) => client.call(api.applications.applications, { query }, { signal })}
      inspector={ApplicationInspection}
    />
  )
}

const kindWords: Readonly<Record<Application['kind'], string>> = {
  web: 'Web application',
  api: 'API',
  tcp: 'Tunnel',
}

const columns: readonly Column<Application>[] = [
  { title: 'Name', cell: ({ name }) => name },
  { title: 'Tier', cell: ({ tier }) => <TierTag tier={tier} /> },
  { title: 'Kind', cell: ({ kind }) => kindWords[kind], wideOnly: true },
  { title: 'Owner', cell: ({ owner }) => owner ?? <Tag tone="notice">No owner</Tag> },
  { title: 'Served at', cell: (it) => <Served application={it} /> },
]

function Served({ application: { hosts } }: { readonly application: Application }) {
  return hosts.length === 0 ? <Tag>Not served yet</Tag> : <code>{hosts.join(', ')}</code>
}

function ApplicationInspection({ item: application }: { readonly item: Application }) {
  const { id, name, description, tier, kind, owner, upstream, groups } = application
  return (
    <Inspection
      id={id}
      decisions={{ application: id }}
      rows={{
        Description: description && sentence(description),
        Tier: <TierTag tier={tier} />,
        Kind: kindWords[kind],
        Owner: owner ? <Reference kind="person" id={owner} /> : <Tag tone="notice">No owner</Tag>,
        'Served at': <Served application={application} />,
        Upstream: upstream && <code>{upstream}</code>,
        Groups: <References kind="group" ids={groups} />,
      }}
    >
      <ApplicationSignOn id={id} name={name} />
    </Inspection>
  )
}
