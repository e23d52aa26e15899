// The frame of every page: its title, one sentence about it, and what one can do on it.
import type { ReactNode } from 'react'
import { useDocumentTitle } from '@mantine/hooks'
import styles from './page.module.css'

interface PageProps {
  readonly title: string
  readonly about?: ReactNode
  readonly actions?: ReactNode
  /** Narrow pages are for reading, wide ones for tables. */
  readonly width?: 'narrow' | 'wide'
  readonly children: ReactNode
}

export function Page({ title, about, actions, width = 'wide', children }: PageProps) {
  useDocumentTitle(`${title} · Countersign`)
  return (
    <div className={`${styles.page} ${width === 'narrow' ? styles.narrow : ''}`}>
      <header className={styles.header}>
        <div className={styles.heading}>
          <h1>{title}</h1>
          {about !== undefined && <p>{about}</p>}
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  )
}

interface CardProps {
  readonly title?: ReactNode
  readonly aside?: ReactNode
  readonly flush?: boolean
  readonly children: ReactNode
}

/** A part of a page. `flush` lets tables reach the edges. */
export function Card({ title, aside, flush = false, children }: CardProps) {
  return (
    <section className={styles.card}>
      {title !== undefined && (
        <header className={styles.cardHeader}>
          <h2>{title}</h2>
          {aside !== undefined && <div className={styles.aside}>{aside}</div>}
        </header>
      )}
      <div className={flush ? undefined : styles.cardBody}>{children}</div>
    </section>
  )
}
