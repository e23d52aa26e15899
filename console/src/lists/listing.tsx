// A page that lists one kind of thing: filter, table, pages, and the open row at the side.
import { Drawer } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ComponentType, ReactNode } from 'react'
import { Card, Page } from '#design/page.tsx'
import { Empty, Waiting } from '#design/states.tsx'
import { type Column, Table } from '#design/table.tsx'
import { Problem } from '#shell/problem.tsx'
import { counted } from '#words/figures.ts'
import { Filter } from './filter.tsx'
import { Pager } from './pager.tsx'
import { type ReadPage, usePages } from './pages.ts'
import styles from './listing.module.css'

export interface Listed {
  readonly id: string
  readonly name: string
}

interface ListingProps<T extends Listed> {
  readonly title: string
  readonly about: string
  /** One and many of them, e.g. `person`, `people`. */
  readonly noun: readonly [string, string]
  /** Where an empty inventory is filled from. */
  readonly filledBy: string
  readonly columns: readonly Column<T>[]
  readonly read: ReadPage<T>
  /** Everything about one, at the side. */
  readonly inspector: ComponentType<{ readonly item: T }>
  /** What one can do to the whole list. */
  readonly actions?: ReactNode
  /** Stands before the list. */
  readonly children?: ReactNode
}

export function Listing<T extends Listed>(props: ListingProps<T>) {
  const {
    title,
    about,
    noun,
    filledBy,
    columns,
    read,
    inspector: Inspector,
    actions,
    children,
  } = props
  const { search = '', selected } = useSearch({ strict: false })
  const navigate = useNavigate()
  const pages = usePages(title, search, read)
  const change = (next: { readonly search?: string; readonly selected?: string }) =>
    void navigate({ to: '.', search: next, replace: true })
  const keep = search === '' ? {} : { search }
  const open = pages.items.find(({ id }) => id === selected)

  return (
    <Page title={title} about={about} actions={actions}>
      {children}
      <Card
        flush
        title={
          <Filter
            value={search}
            label={`Filter ${noun[1]}`}
            onChange={(text) => change(text === '' ? {} : { search: text })}
          />
        }
        aside={pages.total === undefined ? '' : counted(pages.total, noun[0], noun[1])}
      >
        {pages.error ? (
          <div className={styles.problem}>
            <Problem error={pages.error} onRetry={pages.retry} />
          </div>
        ) : pages.total === undefined ? (
          <Waiting lines={9} />
        ) : pages.items.length === 0 ? (
          search === '' ? (
            <Empty title={`There are no ${noun[1]} yet`}>{filledBy}</Empty>
          ) : (
            <Empty title={`No ${noun[0]} has “${search}” in its name or id`}>
              Try fewer letters, or clear the filter with Esc.
            </Empty>
          )
        ) : (
          <Table
            label={title}
            columns={columns}
            rows={pages.items}
            rowKey={({ id }) => id}
            onOpen={({ id }) => change({ ...keep, selected: id })}
            opened={selected}
          />
        )}
        <Pager pages={pages} />
      </Card>
      <Drawer
        opened={open !== undefined}
        onClose={() => change(keep)}
        position="right"
        size={480}
        title={open?.name}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {open && <Inspector item={open} />}
      </Drawer>
    </Page>
  )
}
