// The filter of a list: `/` goes to it, Esc empties it, and the address follows once typing rests.
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import styles from './filter.module.css'

const waitMs = 180

interface FilterProps {
  readonly value: string
  readonly label: string
  readonly onChange: (text: string) => void
}

export function Filter({ value, label, onChange }: FilterProps) {
  const field = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState(value)
  const [told, setTold] = useState(value)
  // The address changed from elsewhere (the palette, the back button): the field follows.
  if (told !== value) {
    setTold(value)
    setTyped(value)
  }
  const tell = useDebouncedCallback((text: string) => {
    setTold(text)
    onChange(text)
  }, waitMs)
  const type = (text: string) => {
    setTyped(text)
    tell(text.trim())
  }
  useHotkeys([['/', () => field.current?.focus()]])
  return (
    <label className={styles.filter}>
      <IconSearch size={15} aria-hidden="true" />
      <input
        ref={field}
        type="text"
        role="searchbox"
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        maxLength={128}
        value={typed}
        onChange={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          if (typed === '') field.current?.blur()
          else type('')
        }}
      />
      {typed === '' && <kbd aria-hidden="true">/</kbd>}
    </label>
  )
}
