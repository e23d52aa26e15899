// A table whose rows open something. The first cell of a row holds its button, which the keyboard
// reaches with Tab, j and k or the arrows; the mouse may press anywhere in the row.
import { type ReactNode, useRef } from 'react'
import { useRowKeys } from './row-keys.ts'
import styles from './table.module.css'

export interface Column<T> {
  readonly title: string
  readonly cell: (row: T) => ReactNode
  /** Numbers stand at the end of their column. */
  readonly align?: 'end'
  /** Left out where the window is narrower than a tablet. */
  readonly wideOnly?: boolean
}

interface TableProps<T> {
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  readonly rowKey: (row: T) => string
  /** What pressing a row does; without it the rows are only read. */
  readonly onOpen?: (row: T) => void
  readonly opened?: string | undefined
}

export function Table<T>({ label, columns, rows, rowKey, onOpen, opened }: TableProps<T>) {
  const body = useRef<HTMLTableSectionElement>(null)
  useRowKeys(body)
  const [first, ...rest] = columns
  return (
    <div className={styles.scroll}>
      <table className={styles.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" className={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((row) => {
            const key = rowKey(row)
            return (
              <tr
                key={key}
                data-opened={key === opened || undefined}
                className={onOpen ? styles.opens : undefined}
                onClick={onOpen ? () => onOpen(row) : undefined}
              >
                {first && (
                  <td className={classOf(first)}>
                    {onOpen ? (
                      <button
                        type="button"
                        data-row
                        className={styles.name}
                        onClick={(event) => {
                          event.stopPropagation()
                          onOpen(row)
                        }}
                      >
                        {first.cell(row)}
                      </button>
                    ) : (
                      first.cell(row)
                    )}
                  </td>
                )}
                {rest.map((column) => (
                  <td key={column.title} className={classOf(column)}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function classOf<T>({ align, wideOnly }: Column<T>): string {
  return `${align === 'end' ? styles.end : ''} ${wideOnly === true ? styles.wideOnly : ''}`.trim()
}
