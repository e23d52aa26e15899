// How much of a whole, drawn: the strong part, the part that suffices, and what is left.
import styles from './share-bar.module.css'

interface ShareBarProps {
  /** Drawn full, from the left. */
  readonly strong: number
  /** Drawn paler; includes `strong`. */
  readonly enough: number
  readonly whole: number
}

export function ShareBar({ strong, enough, whole }: ShareBarProps) {
  const all = Math.max(1, whole)
  return (
    <svg className={styles.bar} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect className={styles.enough} width={(enough / all) * 100} height="6" />
      <rect className={styles.strong} width={(strong / all) * 100} height="6" />
    </svg>
  )
}
