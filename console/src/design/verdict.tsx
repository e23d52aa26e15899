// A verdict is always a word, a shape and a colour together, so that no one of them has to be seen.
import type { Verdict } from '@countersign/contract/decision'
import type { ReactNode } from 'react'
import { verdictWords } from '#words/verdicts.ts'
import styles from './verdict.module.css'

const classes: Readonly<Record<Verdict, string | undefined>> = {
  allow: styles.allow,
  deny: styles.deny,
  'step-up': styles.step,
}

const shapes: Readonly<Record<Verdict, ReactNode>> = {
  allow: (
    <>
      <circle cx="8" cy="8" r="7" />
      <path className={styles.sign} d="M5 8.3l2.1 2.1L11.1 6" />
    </>
  ),
  deny: (
    <>
      <path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" />
      <path className={styles.sign} d="M4.9 8h6.2" />
    </>
  ),
  'step-up': (
    <>
      <path d="M8 .6 15.4 8 8 15.4.6 8z" stroke="currentColor" strokeLinejoin="round" />
      <path className={styles.sign} d="M8 11.2V5.2M5.6 7.4 8 5l2.4 2.4" />
    </>
  ),
}

/** The shape alone; a word must stand beside it. */
export function VerdictGlyph({
  verdict,
  size = 14,
}: {
  readonly verdict: Verdict
  readonly size?: number
}) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="currentColor"
      aria-hidden="true"
      className={`${styles.glyph} ${classes[verdict]}`}
    >
      {shapes[verdict]}
    </svg>
  )
}

export function VerdictBadge({ verdict }: { readonly verdict: Verdict }) {
  return (
    <span className={`${styles.badge} ${classes[verdict]}`} title={verdictWords[verdict].meaning}>
      <VerdictGlyph verdict={verdict} />
      {verdictWords[verdict].badge}
    </span>
  )
}
