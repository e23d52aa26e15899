// The other way round: people here who never came through the provider that speaks for their domain.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { client } from '#api/server.client.ts'
import { Card } from '#design/page.tsx'
import { Empty, Waiting } from '#design/states.tsx'
import { type Column, Table } from '#design/table.tsx'
import { Pager } from '#lists/pager.tsx'
import { usePages } from '#lists/pages.ts'
import { Reference } from '#lists/references.tsx'
import { Problem } from '#shell/problem.tsx'
import { counted } from '#words/figures.ts'

type Missing = RouteResult<typeof api.identity.neverArrived>['items'][number]

export function NeverArrived() {
  const pages = usePages<Missing>('never-arrived', '', (query, signal) =>
    client.call(api.identity.neverArrived, { query }, { signal }),
  )
  return (
    <Card
      flush
      title="Known here, and never came through their provider"
      aside={pages.total ? counted(pages.total, 'person', 'people') : undefined}
    >
      {pages.error ? (
        <Problem error={pages.error} onRetry={pages.retry} />
      ) : pages.total === undefined ? (
        <Waiting lines={4} />
      ) : pages.items.length === 0 ? (
        <Empty title="Everyone has come">
          People stand here whose address belongs to a domain that a provider speaks for, and who
          never signed in through it.
        </Empty>
      ) : (
        <Table
          label="People who never came through their provider"
          columns={columns}
          rows={pages.items}
          rowKey={({ person }) => person}
        />
      )}
      <Pager pages={pages} />
    </Card>
  )
}

const columns: readonly Column<Missing>[] = [
  {
    title: 'Person',
    cell: ({ person, name }) => <Reference kind="person" id={person} name={name} />,
  },
  { title: 'E-mail', cell: ({ email }) => email, wideOnly: true },
  { title: 'Provider', cell: ({ provider }) => provider },
]
