// Names and values, one below the other.
import { Fragment, type ReactNode } from 'react'
import styles from './definitions.module.css'

/** Rows whose value is undefined are left out. */
export function Definitions({ rows }: { readonly rows: Readonly<Record<string, ReactNode>> }) {
  return (
    <dl className={styles.list}>
      {Object.entries(rows).map(([name, value]) =>
        value === undefined ? null : (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ),
      )}
    </dl>
  )
}
