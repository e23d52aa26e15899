// The organisation and its accesses on one page: what there is, what happened, what wants a look.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { useQuery } from '@tanstack/react-query'
import { Link, Navigate } from '@tanstack/react-router'
import { useMe } from '#api/me.ts'
import { reading } from '#api/server.client.ts'
import { Moment } from '#design/moment.tsx'
import { Card, Page } from '#design/page.tsx'
import { Empty, Waiting } from '#design/states.tsx'
import { Problem } from '#shell/problem.tsx'
import { sumsOf } from '#words/days.ts'
import { counted, figure, share } from '#words/figures.ts'
import { AccessChart } from './access-chart.tsx'
import { Counts } from './counts.tsx'
import { GatewayList } from './gateway-list.tsx'
import { RefusedMost } from './refused-most.tsx'
import { WantsALook } from './wants-a-look.tsx'
import styles from './overview.module.css'

type Figures = RouteResult<typeof api.visibility.overview>

const refreshMs = 15_000

export function Overview() {
  const { permissions } = useMe()
  return permissions.includes('visibility.read') ? (
    <OverviewPage />
  ) : (
    <Navigate to="/applications/mine" replace />
  )
}

function OverviewPage() {
  const overview = useQuery({ ...reading(api.visibility.overview, {}), refetchInterval: refreshMs })
  if (overview.error && !overview.data) {
    return (
      <Page title="Overview">
        <Problem error={overview.error} onRetry={() => void overview.refetch()} />
      </Page>
    )
  }
  if (!overview.data) {
    return (
      <Page title="Overview">
        <Waiting lines={10} />
      </Page>
    )
  }
  const figures = overview.data
  return (
    <Page title={figures.organisation} about={summary(figures)}>
      <Counts counts={figures.counts} />
      <WantsALook />
      <Card
        title="Accesses in the last seven days"
        aside={<Link to="/visibility/decisions">All decisions</Link>}
      >
        {sumsOf(figures.hours).total === 0 ? (
          <Empty title="No access in the last seven days">
            Open one of the applications through the gateway. Its decision appears here at once.
          </Empty>
        ) : (
          <AccessChart hours={figures.hours} />
        )}
      </Card>
      <div className={styles.columns}>
        <RefusedMost applications={figures.refusedMost} />
        <div className={styles.stack}>
          <GatewayList gateways={figures.gateways} />
          <ReleaseCard figures={figures} />
        </div>
      </div>
    </Page>
  )
}

/** The week in one sentence. */
function summary({ hours }: Figures): string {
  const { total, deny, stepUp } = sumsOf(hours)
  if (total === 0) return 'Nothing has been accessed in the last seven days.'
  return `${counted(total, 'access', 'accesses')} decided in the last seven days: ${share(deny, total)} denied, ${share(stepUp, total)} asked for a fresh sign-in.`
}

function ReleaseCard({ figures: { release, counts } }: { readonly figures: Figures }) {
  return (
    <Card title="Release in force" aside={<Link to="/policies">Its policies</Link>}>
      {release ? (
        <p className={styles.release}>
          <strong>{release.number}</strong>
          <span>
            {counted(counts.policies, 'policy', 'policies')}, released{' '}
            <Moment at={release.createdAt} />
            <br />
            {figure(counts.decisions)} decisions on record
          </span>
        </p>
      ) : (
        <p className={styles.release}>
          <span>No policies are released, so every access is denied.</span>
        </p>
      )}
    </Card>
  )
}
