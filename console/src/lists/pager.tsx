// Where in the list the reader is, and the way on and back.
import { ActionIcon } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { figure } from '#words/figures.ts'
import type { Pages } from './pages.ts'
import styles from './pager.module.css'

/** Nothing where everything fits on one page. */
export function Pager<T>({ pages }: { readonly pages: Pages<T> }) {
  const { items, from, total, back, on } = pages
  if (total === undefined || (!back && !on)) return null
  return (
    <nav className={styles.pager} aria-label="Pages of this list">
      <span aria-live="polite">
        {figure(from + 1)}–{figure(from + items.length)} of {figure(total)}
      </span>
      <ActionIcon
        size={32}
        variant="default"
        disabled={!back}
        onClick={back}
        aria-label="Previous page"
      >
        <IconChevronLeft size={16} />
      </ActionIcon>
      <ActionIcon size={32} variant="default" disabled={!on} onClick={on} aria-label="Next page">
        <IconChevronRight size={16} />
      </ActionIcon>
    </nav>
  )
}
