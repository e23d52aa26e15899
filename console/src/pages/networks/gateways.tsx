// The enforcement points, and how current each one is.
import { api } from '@countersign/contract/api'
import { useQuery } from '@tanstack/react-query'
import { reading } from '#api/server.client.ts'
import { useNow } from '#design/clock.tsx'
import { Moment } from '#design/moment.tsx'
import { Card, Page } from '#design/page.tsx'
import { Empty, Waiting } from '#design/states.tsx'
import { type Column, Table } from '#design/table.tsx'
import { Problem } from '#shell/problem.tsx'
import { counted, figure } from '#words/figures.ts'
import { type GatewayState, stateOf } from '#words/gateways.ts'
import { Currency } from './currency.tsx'

const refreshMs = 5_000

interface Row {
  readonly id: string
  readonly name: string
  readonly enrolledAt: number
  readonly seenAt: number | undefined
  readonly sequence: number | undefined
  readonly state: GatewayState
}

export function Gateways() {
  const now = useNow()
  const gateways = useQuery({ ...reading(api.networks.gateways, {}), refetchInterval: refreshMs })
  const newest = useQuery({ ...reading(api.visibility.overview, {}), refetchInterval: refreshMs })
  const behind = new Map(newest.data?.gateways.map(({ id, behind }) => [id, behind]))
  const rows = gateways.data?.gateways.map(({ id, name, enrolledAt, seenAt, sequence }): Row => {
    return { id, name, enrolledAt, seenAt, sequence, state: stateOf(seenAt, behind.get(id), now) }
  })
  return (
    <Page
      title="Gateways"
      about="They stand in the traffic, decide every access, and keep deciding while the control plane is away. Each follows the feed of changes."
    >
      {gateways.error ? (
        <Problem error={gateways.error} onRetry={() => void gateways.refetch()} />
      ) : (
        <Card flush title="Enrolled" aside={rows ? counted(rows.length, 'gateway') : ''}>
          {!rows ? (
            <Waiting lines={3} />
          ) : rows.length === 0 ? (
            <Empty title="No gateway is enrolled">
              Start one with `countersign gateway`; it enrols with a single-use token.
            </Empty>
          ) : (
            <Table label="Gateways" columns={columns} rows={rows} rowKey={({ id }) => id} />
          )}
        </Card>
      )}
    </Page>
  )
}

const columns: readonly Column<Row>[] = [
  { title: 'Name', cell: ({ name }) => <strong>{name}</strong> },
  { title: 'State', cell: ({ state }) => <Currency state={state} /> },
  {
    title: 'Last seen',
    cell: ({ seenAt }) => (seenAt === undefined ? '–' : <Moment at={seenAt} />),
  },
  {
    title: 'Feed position',
    cell: ({ sequence }) => (sequence === undefined ? '–' : figure(sequence)),
    align: 'end',
  },
  {
    title: 'Enrolled',
    cell: ({ enrolledAt }) => <Moment at={enrolledAt} as="day" />,
    wideOnly: true,
  },
  { title: 'Id', cell: ({ id }) => <code>{id}</code>, wideOnly: true },
]
