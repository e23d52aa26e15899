// Links from one thing to another.
import { Link } from '@tanstack/react-router'
import styles from './references.module.css'

type Kind = 'person' | 'workload' | 'group' | 'application' | 'device'

const pages = {
  person: '/identity/people',
  workload: '/identity/workloads',
  group: '/identity/groups',
  application: '/applications',
  device: '/devices',
} as const satisfies Record<Kind, string>

interface ReferenceProps {
  readonly kind: Kind
  readonly id: string
  /** Shown instead of the id. */
  readonly name?: string | undefined
}

/** A thing by its id, leading to its row. */
export function Reference({ kind, id, name }: ReferenceProps) {
  return (
    <Link to={pages[kind]} search={{ search: id, selected: id }} className={styles.reference}>
      {name ?? id}
    </Link>
  )
}

/** Several of a kind; a long list is cut, with its length. */
export function References({
  kind,
  ids,
}: {
  readonly kind: Kind
  readonly ids: readonly string[]
}) {
  if (ids.length === 0) return <span className={styles.none}>none</span>
  return (
    <ul className={styles.references}>
      {ids.slice(0, shownMax).map((id) => (
        <li key={id}>
          <Reference kind={kind} id={id} />
        </li>
      ))}
      {ids.length > shownMax && <li>and {ids.length - shownMax} more</li>}
    </ul>
  )
}

const shownMax = 24
