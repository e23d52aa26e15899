// A page on its own, before anyone is signed in: the mark, one column, one card.
import { useDocumentTitle } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { Wordmark } from '#design/mark.tsx'
import styles from './standalone.module.css'

interface StandaloneProps {
  readonly title: string
  readonly about?: ReactNode
  readonly children: ReactNode
  /** Stands below the card. */
  readonly below?: ReactNode
  readonly wide?: boolean
}

export function Standalone({ title, about, children, below, wide = false }: StandaloneProps) {
  useDocumentTitle(`${title} · Countersign`)
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <Wordmark />
      </header>
      <main className={`${styles.main} ${wide ? styles.wide : ''}`}>
        <div className={styles.card}>
          <h1>{title}</h1>
          {about !== undefined && <p className={styles.about}>{about}</p>}
          {children}
        </div>
        {below}
      </main>
    </div>
  )
}
