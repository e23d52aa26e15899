// What signing in costs people: how often they are asked on a workday, why, and who too often.
import { api } from '@countersign/contract/api'
import type { PromptCause } from '@countersign/contract/api/sessions'
import type { RouteResult } from '@countersign/contract/route'
import { useQuery } from '@tanstack/react-query'
import { reading } from '#api/server.client.ts'
import { Headline } from '#design/headline.tsx'
import { Card, Page } from '#design/page.tsx'
import { Empty, Waiting } from '#design/states.tsx'
import { type Column, Table } from '#design/table.tsx'
import { Reference } from '#lists/references.tsx'
import { TierTag } from '#pages/applications/tier.tsx'
import { Problem } from '#shell/problem.tsx'
import { counted, figure, share } from '#words/figures.ts'

const days = 28
type Friction = RouteResult<typeof api.identity.friction>

const causeWords: Readonly<Record<PromptCause, string>> = {
  'first-of-workday': 'First sign-in of the day',
  recent: 'The last sign-in was too old for the tier',
  strong: 'A stronger factor was needed',
  policy: 'A policy asked for it',
  administration: 'An administrative step',
  idle: 'The session had lain idle',
  over: 'The session was over',
  'signed-out': 'Signed out before',
  'ended-by-self': 'Ended from another session',
  'ended-by-administrator': 'Ended by an administrator',
  'ended-by-provider': 'Ended by the identity provider',
  'factor-removed': 'A passkey was removed',
  contested: 'Seen on two devices at once',
  'another-browser': 'Another browser',
  unasked: 'Nobody asked',
}

export function FrictionPage() {
  const { data, error, refetch } = useQuery(reading(api.identity.friction, { query: { days } }))
  return (
    <Page
      title="Prompts"
      about={`How often people were asked to sign in on a workday of the last ${days} days, and why. Every prompt has a cost.`}
    >
      {error ? (
        <Problem error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Card>
          <Waiting lines={8} />
        </Card>
      ) : data.workdays === 0 ? (
        <Card>
          <Empty title="Nobody has signed in yet">
            When people sign in, this page says how often they were asked to, and why.
          </Empty>
        </Card>
      ) : (
        <Figures friction={data} />
      )}
    </Page>
  )
}

function Figures({ friction }: { readonly friction: Friction }) {
  const { mean, p50, p95, prompts, workdays, byCause, byTier, overBudget, peopleOverBudget } =
    friction
  return (
    <>
      <Headline
        figures={[
          {
            title: 'Prompts a person and workday',
            value: mean.toFixed(2),
            of: `${counted(prompts, 'prompt')} on ${counted(workdays, 'workday')}`,
          },
          { title: 'Half are asked at most', value: figure(p50), of: 'times a workday' },
          { title: '95 of 100 at most', value: figure(p95), of: 'times a workday' },
          {
            title: 'People over their budget',
            value: figure(peopleOverBudget),
            of: 'on a workday at least',
          },
        ]}
      />
      <Card flush title="Why people were asked">
        <Table
          label="Prompts by cause"
          columns={causeColumns(prompts)}
          rows={byCause}
          rowKey={({ cause, tier }) => `${cause} ${tier ?? ''}`}
        />
      </Card>
      <Card flush title="Against the budget" aside="by the most critical tier of the workday">
        <Table
          label="Prompts by tier against the budget"
          columns={tierColumns}
          rows={byTier}
          rowKey={({ tier }) => String(tier)}
        />
      </Card>
      <Card
        flush
        title="Asked too often"
        aside={
          peopleOverBudget > overBudget.length
            ? `the worst ${figure(overBudget.length)}`
            : undefined
        }
      >
        {overBudget.length === 0 ? (
          <Empty title="Nobody was over their budget">
            Whoever is asked too often looks for a way around. Nobody has to at present.
          </Empty>
        ) : (
          <Table
            label="People over their budget"
            columns={peopleColumns}
            rows={overBudget}
            rowKey={({ person }) => person}
          />
        )}
      </Card>
    </>
  )
}

const causeColumns = (all: number): readonly Column<Friction['byCause'][number]>[] => [
  { title: 'Cause', cell: ({ cause }) => causeWords[cause] },
  {
    title: 'Tier',
    cell: ({ tier }) => tier !== undefined && <TierTag tier={tier} />,
  },
  { title: 'Prompts', cell: (row) => figure(row.prompts), align: 'end' },
  { title: 'Share', cell: (row) => share(row.prompts, all), align: 'end' },
]

const tierColumns: readonly Column<Friction['byTier'][number]>[] = [
  { title: 'Tier', cell: ({ tier }) => <TierTag tier={tier} /> },
  { title: 'Budget', cell: ({ budget }) => figure(budget), align: 'end' },
  { title: 'Half at most', cell: (row) => figure(row.p50), align: 'end' },
  { title: '95 of 100 at most', cell: (row) => figure(row.p95), align: 'end' },
  {
    title: 'Workdays over',
    cell: (row) => `${figure(row.overBudget)} (${share(row.overBudget, row.workdays)})`,
    align: 'end',
  },
]

const peopleColumns: readonly Column<Friction['overBudget'][number]>[] = [
  {
    title: 'Who',
    cell: ({ person, name }) => <Reference kind="person" id={person} name={name} />,
  },
  { title: 'Tier', cell: ({ tier }) => <TierTag tier={tier} /> },
  { title: 'Budget', cell: ({ budget }) => figure(budget), align: 'end' },
  {
    title: 'Workdays over',
    cell: (row) => `${figure(row.workdaysOver)} of ${figure(row.workdays)}`,
    align: 'end',
  },
  { title: 'Most', cell: ({ most }) => figure(most), align: 'end' },
]
