// Everything known about one thing, at the side of its list, and the way to its decisions.
import { Link } from '@tanstack/react-router'
import { IconTimelineEvent } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Copyable } from '#design/copy.tsx'
import { Definitions } from '#design/definitions.tsx'
import type { DecisionSearch } from '#search.ts'
import styles from './inspection.module.css'

interface InspectionProps {
  readonly id: string
  readonly rows: Readonly<Record<string, ReactNode>>
  /** Which decisions it took part in. */
  readonly decisions?: DecisionSearch
  readonly children?: ReactNode
}

export function Inspection({ id, rows, decisions, children }: InspectionProps) {
  return (
    <div className={styles.inspection}>
      <Definitions rows={{ Id: <Copyable value={id} what="id" />, ...rows }} />
      {children}
      {decisions && (
        <Link to="/visibility/decisions" search={decisions} className={styles.decisions}>
          <IconTimelineEvent size={16} aria-hidden="true" />
          Its decisions
        </Link>
      )}
    </div>
  )
}
