// How many there are of each kind, each leading to its list.
import type { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { Link } from '@tanstack/react-router'
import type { PagePath } from '#shell/pages.ts'
import { figure } from '#words/figures.ts'
import styles from './overview.module.css'

type CountsOf = RouteResult<typeof api.visibility.overview>['counts']

const kinds = [
  ['people', 'People', '/identity/people'],
  ['workloads', 'Workloads', '/identity/workloads'],
  ['groups', 'Groups', '/identity/groups'],
  ['devices', 'Devices', '/devices'],
  ['applications', 'Applications', '/applications'],
  ['hosts', 'Hosts', '/networks/hosts'],
  ['datasets', 'Data sets', '/data'],
] as const satisfies readonly (readonly [keyof CountsOf, string, PagePath])[]

export function Counts({ counts }: { readonly counts: CountsOf }) {
  return (
    <ul className={styles.counts}>
      {kinds.map(([kind, title, path]) => (
        <li key={kind}>
          <Link to={path}>
            <span>{title}</span>
            <strong>{figure(counts[kind])}</strong>
          </Link>
        </li>
      ))}
      <li>
        <div>
          <span>Signed in now</span>
          <strong>{figure(counts.sessions)}</strong>
        </div>
      </li>
    </ul>
  )
}
