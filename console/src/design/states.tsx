// What a page shows while it waits, when there is nothing yet, and when something failed. Each
// says what comes next.
import { Button, Skeleton } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { failureOf } from '#words/failure.ts'
import { Copyable } from './copy.tsx'
import { Mark } from './mark.tsx'
import { Prose } from './prose.tsx'
import styles from './states.module.css'

interface EmptyProps {
  readonly title: string
  /** Why it is empty and what fills it. */
  readonly children: string
  readonly action?: ReactNode
}

export function Empty({ title, children, action }: EmptyProps) {
  return (
    <div className={styles.empty}>
      <span className={styles.emptyMark}>
        <Mark size={24} />
      </span>
      <h3>{title}</h3>
      <p>
        <Prose text={children} />
      </p>
      {action}
    </div>
  )
}

interface FailedProps {
  readonly error: unknown
  /** Offered where trying again may help. */
  readonly onRetry?: () => void
  /** A better next step than trying again. */
  readonly action?: ReactNode
}

/** A failure in full: what, in what particular, what to do, and the id for the operator. */
export function Failed({ error, onRetry, action }: FailedProps) {
  const { title, detail, remedy, requestId } = failureOf(error)
  return (
    <div className={styles.failed} role="alert">
      <IconAlertTriangle size={18} aria-hidden="true" />
      <div>
        <h3>{title}</h3>
        {detail !== undefined && (
          <p>
            <Prose text={detail} />
          </p>
        )}
        <p className={styles.remedy}>
          <Prose text={remedy} />
        </p>
        {requestId !== undefined && (
          <p className={styles.request}>
            Request <Copyable value={requestId} what="request id" />
          </p>
        )}
        {(action ?? onRetry) && (
          <div className={styles.next}>
            {action}
            {onRetry && (
              <Button variant="default" size="xs" onClick={onRetry}>
                Try again
              </Button>
            )}
          </div>
        )}
      </div>
    </div>
  )
}

/** Grey lines in the place of rows that are on their way. */
export function Waiting({ lines = 6 }: { readonly lines?: number }) {
  return (
    <output className={styles.waiting} aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} height={14} width={`${92 - ((line * 17) % 38)}%`} />
      ))}
    </output>
  )
}
