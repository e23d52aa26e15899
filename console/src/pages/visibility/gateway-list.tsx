// How current the gateways are, in short.
import type { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { Link } from '@tanstack/react-router'
import { useNow } from '#design/clock.tsx'
import { Moment } from '#design/moment.tsx'
import { Card } from '#design/page.tsx'
import { Empty } from '#design/states.tsx'
import { stateOf } from '#words/gateways.ts'
import { Currency } from '#pages/networks/currency.tsx'
import styles from './overview.module.css'

type GatewaysOf = RouteResult<typeof api.visibility.overview>['gateways']

export function GatewayList({ gateways }: { readonly gateways: GatewaysOf }) {
  const now = useNow()
  return (
    <Card title="Gateways" flush aside={<Link to="/networks/gateways">All gateways</Link>}>
      {gateways.length === 0 ? (
        <Empty title="No gateway is enrolled">Start one with `countersign gateway`.</Empty>
      ) : (
        <ul className={styles.gateways}>
          {gateways.map(({ id, name, seenAt, behind }) => (
            <li key={id}>
              <strong>{name}</strong>
              <span>
                seen <Moment at={seenAt} />
              </span>
              <Currency state={stateOf(seenAt, behind, now)} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
