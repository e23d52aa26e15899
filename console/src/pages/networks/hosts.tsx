// Hosts and the zones they stand in.
import { api } from '@countersign/contract/api'
import type { Host } from '@countersign/contract/documents'
import { client } from '#api/server.client.ts'
import type { Column } from '#design/table.tsx'
import { Inspection } from '#lists/inspection.tsx'
import { Listing } from '#lists/listing.tsx'
import { References } from '#lists/references.tsx'

export function Hosts() {
  return (
    <Listing
      title="Hosts"
      about="Machines that applications run on, and the zone each stands in."
      noun={['host', 'hosts']}
      filledBy="Hosts come from your inventories. Import them with `countersign`."
      columns={columns}
      read={(query, signal) => client.call(api.networks.hosts, { query }, { signal })}
      inspector={HostInspection}
    />
  )
}

const columns: readonly Column<Host>[] = [
  { title: 'Name', cell: ({ name }) => name },
  { title: 'Zone', cell: ({ zone }) => zone ?? '–' },
  { title: 'Applications', cell: ({ applications }) => applications.join(', ') },
]

function HostInspection({ item }: { readonly item: Host }) {
  const { id, zone, applications } = item
  return (
    <Inspection
      id={id}
      rows={{ Zone: zone, Applications: <References kind="application" ids={applications} /> }}
    />
  )
}
