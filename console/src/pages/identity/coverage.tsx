// How well people prove who they are: of all sign-ins, how many had two factors, and how many could
// not have been phished. Counted from what happened, not from who is registered.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { useQuery } from '@tanstack/react-query'
import { reading } from '#api/server.client.ts'
import { Headline } from '#design/headline.tsx'
import { Card, Page } from '#design/page.tsx'
import { ShareBar } from '#design/share-bar.tsx'
import { Empty, Waiting } from '#design/states.tsx'
import { type Column, Table } from '#design/table.tsx'
import { Problem } from '#shell/problem.tsx'
import { TierTag } from '#pages/applications/tier.tsx'
import { isMethod, methodWords } from '#words/authentication.ts'
import { counted, figure, sentence, share } from '#words/figures.ts'
import { Exclusions } from './exclusions.tsx'

const days = 28
type Coverage = RouteResult<typeof api.identity.coverage>
type Satisfaction = Pick<Coverage, 'signIns' | 'satisfied' | 'phishingResistant'>

export function SignInCoverage() {
  const { data, error, refetch } = useQuery(reading(api.identity.coverage, { query: { days } }))
  return (
    <Page
      title="Sign-in coverage"
      about={`Of all sign-ins of the last ${days} days, how many were strong. Counted from what happened, not from who is registered.`}
    >
      {error ? (
        <Problem error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Card>
          <Waiting lines={8} />
        </Card>
      ) : data.signIns === 0 ? (
        <Card>
          <Empty title="Nobody has signed in yet">
            When people sign in, this page says how well they proved who they are.
          </Empty>
        </Card>
      ) : (
        <Figures coverage={data} />
      )}
    </Page>
  )
}

function Figures({ coverage }: { readonly coverage: Coverage }) {
  const { signIns, satisfied, phishingResistant, excluded, people } = coverage
  return (
    <>
      <Headline
        figures={[
          {
            title: 'Two factors or better',
            value: share(satisfied, signIns),
            of: `${figure(satisfied)} of ${counted(signIns, 'sign-in')}`,
          },
          {
            title: 'Cannot be phished',
            value: share(phishingResistant, signIns),
            of: `${figure(phishingResistant)} of ${counted(signIns, 'sign-in')}`,
          },
          {
            title: 'People always with two factors',
            value: share(people.alwaysSatisfied, people.signedIn),
            of: `${figure(people.alwaysSatisfied)} of ${figure(people.signedIn)} who signed in`,
          },
          {
            title: 'Weak, under an exclusion',
            value: figure(excluded),
            of: `of ${counted(signIns - satisfied, 'weak sign-in')}`,
          },
        ]}
      />
      <Card flush title="By tier of what was used" aside="a sign-in may count at several">
        <Table
          label="Coverage by tier"
          columns={tierColumns}
          rows={coverage.byTier}
          rowKey={({ tier }) => String(tier)}
        />
      </Card>
      <Card flush title="By population">
        <Table
          label="Coverage by population"
          columns={columns<Coverage['byPopulation'][number]>('Population', ({ population }) =>
            sentence(population),
          )}
          rows={coverage.byPopulation}
          rowKey={({ population }) => population}
        />
      </Card>
      <Card flush title="By method">
        <Table
          label="Sign-ins by method"
          columns={[
            {
              title: 'Method',
              cell: ({ method }) => (isMethod(method) ? methodWords[method] : method),
            },
            { title: 'Sign-ins', cell: ({ signIns: of }) => figure(of), align: 'end' },
            { title: 'Share', cell: ({ signIns: of }) => share(of, signIns), align: 'end' },
          ]}
          rows={coverage.byMethod}
          rowKey={({ method }) => method}
        />
      </Card>
      <Exclusions exclusions={coverage.exclusions} />
    </>
  )
}

function columns<T extends Satisfaction>(
  title: string,
  cell: Column<T>['cell'],
): readonly Column<T>[] {
  return [
    { title, cell },
    { title: 'Sign-ins', cell: ({ signIns }) => figure(signIns), align: 'end' },
    {
      title: 'Two factors',
      cell: ({ satisfied, signIns }) => share(satisfied, signIns),
      align: 'end',
    },
    {
      title: 'Cannot be phished',
      cell: ({ phishingResistant, signIns }) => share(phishingResistant, signIns),
      align: 'end',
    },
    {
      title: 'Drawn',
      cell: ({ satisfied, phishingResistant, signIns }) => (
        <ShareBar strong={phishingResistant} enough={satisfied} whole={signIns} />
      ),
      wideOnly: true,
    },
  ]
}

const tierColumns = columns<Coverage['byTier'][number]>('Tier', ({ tier }) => (
  <TierTag tier={tier} />
))
