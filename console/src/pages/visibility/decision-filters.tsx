// Which decisions to show. Everything chosen stands in the address.
import { api } from '@countersign/contract/api'
import { SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { verdicts } from '@countersign/contract/decision'
import { useHotkeys } from '@mantine/hooks'
import { useRef } from 'react'
import { useMe } from '#api/me.ts'
import { reading } from '#api/server.client.ts'
import type { DecisionSearch } from '#search.ts'
import { verdictWords } from '#words/verdicts.ts'
import styles from './decisions.module.css'

const offeredMax = 500

export function DecisionFilters({ filter }: { readonly filter: DecisionSearch }) {
  const navigate = useNavigate()
  const { permissions } = useMe()
  const principal = useRef<HTMLInputElement>(null)
  useHotkeys([['/', () => principal.current?.focus()]])
  const applications = useQuery({
    ...reading(api.applications.applications, { query: { limit: offeredMax } }),
    enabled: permissions.includes('applications.read'),
  })
  const set = (change: { readonly [K in keyof DecisionSearch]: DecisionSearch[K] | undefined }) => {
    const search = Object.fromEntries(
      Object.entries({ ...filter, ...change }).filter(([, value]) => value !== undefined),
    )
    void navigate({ to: '/visibility/decisions', search, replace: true })
  }
  const { verdict, application } = filter
  return (
    <search className={styles.filters} aria-label="Filter decisions">
      <SegmentedControl
        size="sm"
        aria-label="Verdict"
        value={verdict ?? 'all'}
        onChange={(value) => set({ verdict: verdicts.find((one) => one === value) })}
        data={[
          { value: 'all', label: 'All' },
          ...verdicts.map((one) => ({ value: one, label: verdictWords[one].badge })),
        ]}
      />
      <select
        className={styles.field}
        aria-label="Application"
        value={application ?? ''}
        onChange={({ currentTarget: { value } }) =>
          set({ application: value === '' ? undefined : value })
        }
      >
        <option value="">Every application</option>
        {application !== undefined &&
          !applications.data?.items.some(({ id }) => id === application) && (
            <option value={application}>{application}</option>
          )}
        {applications.data?.items.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <input
        // Another id from elsewhere (a link, the back button) replaces what stands in the field.
        key={filter.principal ?? ''}
        ref={principal}
        className={styles.field}
        aria-label="Id of who asked"
        placeholder="Who asked, by id"
        defaultValue={filter.principal ?? ''}
        maxLength={128}
        spellCheck={false}
        autoComplete="off"
        onKeyDown={({ key, currentTarget }) => {
          if (key === 'Enter') currentTarget.blur()
        }}
        onBlur={({ currentTarget }) => {
          const id = currentTarget.value.trim()
          if (id !== (filter.principal ?? '')) set({ principal: id === '' ? undefined : id })
        }}
      />
      {Object.keys(filter).length > 0 && (
        <button
          type="button"
          className={styles.clear}
          onClick={() => void navigate({ to: '/visibility/decisions', search: {}, replace: true })}
        >
          Clear
        </button>
      )}
      <label className={styles.own}>
        <input
          type="checkbox"
          checked={filter.own === '1'}
          onChange={({ currentTarget: { checked } }) => set({ own: checked ? '1' : undefined })}
        />
        Include Countersign’s own
      </label>
    </search>
  )
}
