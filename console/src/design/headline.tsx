// The few figures that a page is about, large, each with what it is a share of.
import type { ReactNode } from 'react'
import styles from './headline.module.css'

export interface HeadlineFigure {
  readonly title: string
  readonly value: string
  /** What it is made of, e.g. `4,110 of 4,302 sign-ins`. */
  readonly of: ReactNode
}

export function Headline({ figures }: { readonly figures: readonly HeadlineFigure[] }) {
  return (
    <dl className={styles.headline}>
      {figures.map(({ title, value, of }) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>
            <strong>{value}</strong>
            <small>{of}</small>
          </dd>
        </div>
      ))}
    </dl>
  )
}
