// Groups, which policies speak of instead of single people.
import { api } from '@countersign/contract/api'
import type { Group } from '@countersign/contract/documents'
import { client } from '#api/server.client.ts'
import type { Column } from '#design/table.tsx'
import { Inspection } from '#lists/inspection.tsx'
import { Listing } from '#lists/listing.tsx'
import { Reference, References } from '#lists/references.tsx'
import { sentence } from '#words/figures.ts'

export function Groups() {
  return (
    <Listing
      title="Groups"
      about="Sets of people, workloads and applications that policies speak of. A group may be a member of others."
      noun={['group', 'groups']}
      filledBy="Groups come from your directory. Import them with `countersign`."
      columns={columns}
      read={(query, signal) => client.call(api.identity.groups, { query }, { signal })}
      inspector={GroupInspection}
    />
  )
}

const columns: readonly Column<Group>[] = [
  { title: 'Name', cell: ({ name }) => name },
  { title: 'Id', cell: ({ id }) => <code>{id}</code> },
  {
    title: 'Description',
    cell: ({ description }) => description && sentence(description),
    wideOnly: true,
  },
  { title: 'Owner', cell: ({ owner }) => owner },
  { title: 'Member of', cell: ({ groups }) => groups.length, align: 'end' },
]

function GroupInspection({ item: group }: { readonly item: Group }) {
  const { id, description, owner, groups } = group
  return (
    <Inspection
      id={id}
      rows={{
        Description: description && sentence(description),
        Owner: owner && <Reference kind="person" id={owner} />,
        'Member of': <References kind="group" ids={groups} />,
      }}
    />
  )
}
