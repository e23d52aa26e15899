// A manager vouches for people of theirs who lost a device. Whoever is tricked into vouching gives
// an account away, so the page says how to make sure.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { useMutation, useQuery } from '@tanstack/react-query'
import { client, queries, reading } from '#api/server.client.ts'
import { Confirm } from '#design/confirm.tsx'
import { Moment } from '#design/moment.tsx'
import { Card } from '#design/page.tsx'
import { ShownOnce } from '#design/secret.tsx'
import { Problem } from '#shell/problem.tsx'
import styles from './passkeys.module.css'

const readingReports = reading(api.identity.reportsRecoveries, {})
type Recovery = RouteResult<typeof api.identity.reportsRecoveries>['recoveries'][number]

export function ReportsRecoveries() {
  const { data } = useQuery(readingReports)
  if (!data || data.recoveries.length === 0) return null
  return (
    <Card title="People of mine who lost a device">
      {data.recoveries.map((recovery) => (
        <Row key={recovery.id} recovery={recovery} />
      ))}
    </Card>
  )
}

function Row({ recovery: { id, name, state, startedAt, lost } }: { readonly recovery: Recovery }) {
  const confirm = useMutation({
    mutationFn: () =>
      client.call(api.identity.confirmReportsRecovery, { params: { recovery: id }, body: {} }),
    // The link stays on the page; what is listed is read again only when it is left.
    onSettled: () => queries.invalidateQueries({ ...readingReports, refetchType: 'none' }),
  })
  return (
    <div className={styles.part}>
      <p>
        <strong>{name}</strong> said <Moment at={startedAt} /> that these are lost:{' '}
        {lost.length === 0 ? 'all of them' : lost.join(', ')}.
      </p>
      {confirm.data ? (
        <ShownOnce
          lines={[confirm.data.url]}
          what="link"
          advice={`Give this link to ${name} yourself, in person or by voice. Whoever has it can become ${name}.`}
        />
      ) : state === 'started' ? (
        <Confirm
          label="Confirm"
          of={`the recovery of ${name}`}
          consequence={`Confirm only if you have just seen or spoken to ${name} in a way you started yourself. The lost passkeys are removed at once.`}
          confirm={`It is really ${name}`}
          loading={confirm.isPending}
          onConfirm={() => confirm.mutate()}
        />
      ) : (
        <p>It is confirmed; the link was given out.</p>
      )}
      {confirm.error && <Problem error={confirm.error} onRetry={() => confirm.mutate()} />}
    </div>
  )
}
