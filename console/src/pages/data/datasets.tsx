// Data sets, with the label that says how much harm their loss would do.
import { api } from '@countersign/contract/api'
import type { Dataset } from '@countersign/contract/documents'
import { client } from '#api/server.client.ts'
import type { Column } from '#design/table.tsx'
import { Tag } from '#design/tag.tsx'
import { Inspection } from '#lists/inspection.tsx'
import { Listing } from '#lists/listing.tsx'
import { Reference, References } from '#lists/references.tsx'
import { sentence } from '#words/figures.ts'

export function Datasets() {
  return (
    <Listing
      title="Data sets"
      about="What the applications hold, labelled by the harm its loss would do."
      noun={['data set', 'data sets']}
      filledBy="Data sets come from your catalogue. Import them with `countersign`."
      columns={columns}
      read={(query, signal) => client.call(api.data.datasets, { query }, { signal })}
      inspector={DatasetInspection}
    />
  )
}

const columns: readonly Column<Dataset>[] = [
  { title: 'Name', cell: ({ name }) => name },
  { title: 'Label', cell: (dataset) => <Label dataset={dataset} /> },
  { title: 'Owner', cell: ({ owner }) => owner ?? <Tag tone="notice">No owner</Tag> },
  { title: 'Held by', cell: ({ applications }) => applications.join(', '), wideOnly: true },
]

const tones = {
  public: 'plain',
  internal: 'plain',
  confidential: 'notice',
  restricted: 'bad',
} as const satisfies Record<Dataset['label'], string>

function Label({ dataset: { label } }: { readonly dataset: Dataset }) {
  return <Tag tone={tones[label]}>{sentence(label)}</Tag>
}

function DatasetInspection({ item }: { readonly item: Dataset }) {
  return (
    <Inspection
      id={item.id}
      rows={{
        Label: <Label dataset={item} />,
        Owner: item.owner && <Reference kind="person" id={item.owner} />,
        Applications: <References kind="application" ids={item.applications} />,
      }}
    />
  )
}
