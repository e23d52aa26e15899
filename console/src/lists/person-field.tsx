// Choosing a person by typing a name or id: the server suggests, and says who the chosen one is.
import { api } from '@countersign/contract/api'
import { TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useId } from 'react'
import { reading } from '#api/server.client.ts'
import styles from './person-field.module.css'

interface PersonFieldProps {
  readonly label: string
  /** The id of the person. */
  readonly value: string
  readonly onChange: (person: string) => void
}

const waitMs = 140
const suggestionsMax = 8
const idMaxCharacters = 128

export function PersonField({ label, value, onChange }: PersonFieldProps) {
  const list = useId()
  const typed = value.trim()
  const [search] = useDebouncedValue(typed, waitMs)
  const { data } = useQuery({
    ...reading(api.identity.people, { query: { search, limit: suggestionsMax } }),
    enabled: search !== '',
    placeholderData: keepPreviousData,
  })
  const people = search === '' ? [] : (data?.items ?? [])
  const chosen = people.find(({ id }) => id === typed)
  return (
    <>
      <TextInput
        label={label}
        description={
          chosen
            ? [chosen.name, chosen.title, chosen.department].filter(Boolean).join(', ')
            : 'Type a part of the name, and choose.'
        }
        list={list}
        classNames={{ input: styles.field ?? '' }}
        autoComplete="off"
        spellCheck={false}
        required
        withAsterisk={false}
        maxLength={idMaxCharacters}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <datalist id={list}>
        {people.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </datalist>
    </>
  )
}
