// j and k, or the arrows, go from row to row. A row's way in carries `data-row`.
import { useWindowEvent } from '@mantine/hooks'
import { type RefObject, useCallback } from 'react'

const steps: Readonly<Record<string, number>> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }

/** Moves the focus among the rows inside `container` from anywhere on the page but text fields. */
export function useRowKeys(container: RefObject<HTMLElement | null>): void {
  const press = useCallback(
    (event: KeyboardEvent) => {
      const step = steps[event.key]
      if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return
      const rows = [...(container.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
      const current = rows.findIndex((row) => row === document.activeElement)
      // The arrows keep scrolling the page until the reader is in the list.
      if (isTyping(event.target) || (event.key.startsWith('Arrow') && current < 0)) return
      const next = rows[current < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, current + step))]
      if (!next) return
      event.preventDefault()
      next.focus()
      next.scrollIntoView({ block: 'nearest' })
    },
    [container],
  )
  useWindowEvent('keydown', press)
}

/** Whether the key belongs to a text field, a list box or an open dialog. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="menu"]') !==
      null
  )
}
