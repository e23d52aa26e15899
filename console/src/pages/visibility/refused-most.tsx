// The applications that were refused most: where a policy may be wrong, or someone is trying.
import type { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { Link } from '@tanstack/react-router'
import { Card } from '#design/page.tsx'
import { Empty } from '#design/states.tsx'
import { figure, share } from '#words/figures.ts'
import styles from './overview.module.css'

type Refused = RouteResult<typeof api.visibility.overview>['refusedMost']

export function RefusedMost({ applications }: { readonly applications: Refused }) {
  const most = Math.max(1, ...applications.map(({ deny }) => deny))
  return (
    <Card title="Refused most" aside="denied, of all accesses, in seven days" flush>
      {applications.length === 0 ? (
        <Empty title="Nothing was refused">In the last seven days no access was denied.</Empty>
      ) : (
        <ul className={styles.refused}>
          {applications.map(({ application, name, deny, total }) => (
            <li key={application}>
              <Link to="/visibility/decisions" search={{ application, verdict: 'deny' }}>
                <span className={styles.refusedName}>{name}</span>
                <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                  <rect width={(deny / most) * 100} height="6" />
                </svg>
                <span className={styles.refusedCount}>{figure(deny)}</span>
                <span className={styles.refusedShare}>{share(deny, total)}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
