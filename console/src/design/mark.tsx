// The mark: two halves that meet, the sentry's challenge and the reply.
import styles from './mark.module.css'

export function Mark({ size = 20 }: { readonly size?: number }) {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path
        className={styles.challenge}
        d="M6 3h4.2L14 12l-3.8 9H6a3 3 0 0 1-3-3V6a3 3 0 0 1 3-3z"
      />
      <path className={styles.reply} d="M13 3h5a3 3 0 0 1 3 3v12a3 3 0 0 1-3 3h-5l3.8-9z" />
    </svg>
  )
}

export function Wordmark() {
  return (
    <span className={styles.wordmark}>
      <Mark />
      Countersign
    </span>
  )
}
