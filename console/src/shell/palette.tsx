// Search from anywhere: pages at once, people, workloads and applications as one types, and a
// decision by its id. The focus stays in the field; the arrows move through the results.
/* oxlint-disable jsx-a11y/prefer-tag-over-role -- a combobox with a list of links is ARIA's own pattern; `datalist` cannot be styled or hold icons */
import { Modal } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, useId, useState } from 'react'
import type { Me } from '#api/me.ts'
import { type Found, useFindings } from './findings.ts'
import styles from './palette.module.css'

interface PaletteProps {
  readonly me: Me
  readonly opened: boolean
  readonly onClose: () => void
}

export function Palette({ me, opened, onClose }: PaletteProps) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      size={580}
      yOffset="12vh"
      attributes={{ content: { 'aria-label': 'Search or go to a page' } }}
    >
      <PaletteBody me={me} onClose={onClose} />
    </Modal>
  )
}

function PaletteBody({ me, onClose }: Omit<PaletteProps, 'opened'>) {
  const navigate = useNavigate()
  const list = useId()
  const [query, setQuery] = useState('')
  const [active, setActive] = useState(0)
  const { found, searching } = useFindings(query, me.permissions)
  const current = Math.min(active, found.length - 1)

  const go = (chosen: Found | undefined) => {
    if (!chosen) return
    onClose()
    void navigate(chosen.to)
  }
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && found.length > 0) {
      event.preventDefault()
      setActive((current + step + found.length) % found.length)
    } else if (event.key === 'Enter') go(found[current])
  }

  return (
    <div className={styles.palette}>
      <div className={styles.field}>
        <IconSearch size={17} aria-hidden="true" />
        <input
          data-autofocus
          role="combobox"
          aria-label="Search"
          aria-expanded="true"
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={found[current] ? `${list}-${current}` : undefined}
          placeholder="Pages, people, workloads, applications, or a decision id"
          autoComplete="off"
          spellCheck={false}
          value={query}
          onChange={(event) => {
            setQuery(event.currentTarget.value)
            setActive(0)
          }}
          onKeyDown={press}
        />
      </div>
      <div id={list} role="listbox" aria-label="Results" className={styles.results}>
        {found.map((one, at) => (
          // The field has the focus and answers the keys for the whole list (ARIA 1.2 combobox).
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- see above
          <div
            key={one.key}
            id={`${list}-${at}`}
            role="option"
            tabIndex={-1}
            aria-selected={at === current}
            className={styles.result}
            ref={at === current ? intoView : undefined}
            onClick={() => go(one)}
            onMouseMove={() => setActive(at)}
          >
            <one.icon size={16} stroke={1.6} />
            <span className={styles.name}>{one.name}</span>
            <span className={styles.what}>{one.what}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <output className={styles.none}>
          {searching ? 'Searching…' : `Nothing has “${query}” in its name or id.`}
        </output>
      )}
    </div>
  )
}

function intoView(element: HTMLElement | null) {
  element?.scrollIntoView({ block: 'nearest' })
}
