// Single sign-on against the inventory: which applications people are signed on to by one identity,
// by what, and which are in use without.
import { api } from '@countersign/contract/api'
import type { CoveredApplication, Protection } from '@countersign/contract/api/sign-on'
import type { RouteResult } from '@countersign/contract/route'
import { useQuery } from '@tanstack/react-query'
import { reading } from '#api/server.client.ts'
import { Headline } from '#design/headline.tsx'
import { Moment } from '#design/moment.tsx'
import { Card, Page } from '#design/page.tsx'
import { Empty, Waiting } from '#design/states.tsx'
import { type Column, Table } from '#design/table.tsx'
import { Tag } from '#design/tag.tsx'
import { Reference } from '#lists/references.tsx'
import { Problem } from '#shell/problem.tsx'
import { counted, figure, share } from '#words/figures.ts'
import { TierTag } from './tier.tsx'

type Coverage = RouteResult<typeof api.applications.coverage>

const protectionWords: Readonly<Record<Protection, string>> = {
  gateway: 'Gateway',
  oidc: 'OpenID Connect',
  saml: 'SAML',
}

export function SignOnCoverage() {
  const { data, error, refetch } = useQuery(
    reading(api.applications.coverage, { query: { days: 30 } }),
  )
  return (
    <Page
      title="Sign-on coverage"
      about="Which applications people reach with one identity that can be ended in one place, and which are in use without."
    >
      {error ? (
        <Problem error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Card>
          <Waiting lines={8} />
        </Card>
      ) : (
        <Figures coverage={data} />
      )}
    </Page>
  )
}

function Figures({ coverage }: { readonly coverage: Coverage }) {
  const { applications, signIns, by, items, shadow } = coverage
  return (
    <>
      <Headline
        figures={[
          {
            title: 'Applications covered',
            value: share(applications.covered, applications.total),
            of: `${figure(applications.covered)} of ${figure(applications.total)} in the inventory`,
          },
          {
            title: 'Use covered',
            value: share(signIns.covered, signIns.total),
            of: `${figure(signIns.covered)} of ${counted(signIns.total, 'sign-in')} in 30 days`,
          },
          {
            title: 'Behind the gateway',
            value: figure(by.gateway ?? 0),
            of: `${figure(by.oidc ?? 0)} with OpenID Connect, ${figure(by.saml ?? 0)} with SAML`,
          },
          {
            title: 'In use without',
            value: figure(shadow.length),
            of: `${figure(by.none ?? 0)} in the inventory without any`,
          },
        ]}
      />
      <Card flush title="In use, signed on nowhere">
        {shadow.length === 0 ? (
          <Empty title="Nothing is in use without being covered">
            What shows up in decisions, on hosts or at data sets and is not covered stands here.
          </Empty>
        ) : (
          <Table
            label="Applications in use without sign-on"
            columns={shadowColumns}
            rows={shadow}
            rowKey={({ application }) => application}
          />
        )}
      </Card>
      <Card flush title="The inventory">
        <Table label="Sign-on by application" columns={columns} rows={items} rowKey={keyOf} />
      </Card>
    </>
  )
}

const keyOf = ({ application }: CoveredApplication): string => application

const columns: readonly Column<CoveredApplication>[] = [
  {
    title: 'Application',
    cell: ({ application, name }) => <Reference kind="application" id={application} name={name} />,
  },
  { title: 'Tier', cell: ({ tier }) => <TierTag tier={tier} /> },
  {
    title: 'Covered by',
    cell: ({ by }) =>
      by.length === 0 ? (
        <Tag tone="notice">Nothing yet</Tag>
      ) : (
        by.map((protection) => protectionWords[protection]).join(', ')
      ),
  },
  { title: 'Sign-ins', cell: ({ signIns }) => figure(signIns), align: 'end' },
  {
    title: 'Last',
    cell: ({ lastAt }) => lastAt !== undefined && <Moment at={lastAt} />,
    wideOnly: true,
  },
]

const shadowColumns: readonly Column<Coverage['shadow'][number]>[] = [
  {
    title: 'Application',
    cell: ({ application, known }) =>
      known ? <Reference kind="application" id={application} /> : application,
  },
  {
    title: 'Inventory',
    cell: ({ known }) => (known ? 'Has it' : <Tag tone="bad">Does not know it</Tag>),
  },
  { title: 'Seen in', cell: ({ seen }) => seen },
  { title: 'Sign-ins', cell: (row) => figure(row.signIns), align: 'end' },
  {
    title: 'Last',
    cell: ({ lastAt }) => lastAt !== undefined && <Moment at={lastAt} />,
    wideOnly: true,
  },
]
