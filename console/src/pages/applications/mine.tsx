// The portal: what I can open now, and what a fresh sign-in would open.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { IconArrowUpRight } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useMe } from '#api/me.ts'
import { reading } from '#api/server.client.ts'
import { Page } from '#design/page.tsx'
import { Empty, Waiting } from '#design/states.tsx'
import { VerdictGlyph } from '#design/verdict.tsx'
import { Filter } from '#lists/filter.tsx'
import { Problem } from '#shell/problem.tsx'
import { sentence } from '#words/figures.ts'
import { monogram, toneOf } from '#words/monogram.ts'
import styles from './mine.module.css'

type MyApplication = RouteResult<typeof api.applications.mine>['applications'][number]

/** From this many on, a filter helps more than it takes. */
const filterFrom = 7

export function MyApplications() {
  const me = useMe()
  const mine = useQuery({ ...reading(api.applications.mine, {}), refetchOnWindowFocus: true })
  const [search, setSearch] = useState('')
  const all = mine.data?.applications.filter(({ verdict }) => verdict !== 'deny') ?? []
  const words = search.toLowerCase()
  const found = all.filter(({ name, description = '' }) =>
    `${name} ${description}`.toLowerCase().includes(words),
  )
  return (
    <Page
      title="My applications"
      about={`What ${me.person.name} can open at this moment. It may change with your sign-in and your device.`}
      actions={
        all.length >= filterFrom && (
          <div className={styles.filter}>
            <Filter value={search} label="Filter applications" onChange={setSearch} />
          </div>
        )
      }
    >
      {mine.error ? (
        <Problem error={mine.error} onRetry={() => void mine.refetch()} />
      ) : !mine.data ? (
        <Waiting lines={5} />
      ) : all.length === 0 ? (
        <Empty title="No application is open to you yet">
          Ask your manager or the owner of an application. As soon as a policy permits it, it
          appears here.
        </Empty>
      ) : found.length === 0 ? (
        <Empty title={`None of your applications is called “${search}”`}>
          Try fewer letters, or clear the filter with Esc.
        </Empty>
      ) : (
        <>
          <Group title="Open now" items={found.filter(({ verdict }) => verdict === 'allow')} />
          <Group
            title="After a fresh sign-in with a passkey"
            hint={me.passkeys.length === 0 && <NoPasskey />}
            items={found.filter(({ verdict }) => verdict === 'step-up')}
          />
        </>
      )}
    </Page>
  )
}

function NoPasskey() {
  return (
    <p className={styles.hint}>
      You have no passkey yet. <Link to="/identity/me">Add one</Link>, then sign in with it.
    </p>
  )
}

interface GroupProps {
  readonly title: string
  readonly hint?: ReactNode
  readonly items: readonly MyApplication[]
}

function Group({ title, hint, items }: GroupProps) {
  if (items.length === 0) return null
  return (
    <section>
      <h2 className={styles.title}>{title}</h2>
      {hint}
      <ul className={styles.cards}>
        {items.map((application) => (
          <li key={application.id}>
            <ApplicationCard application={application} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function ApplicationCard({ application }: { readonly application: MyApplication }) {
  const { id, name, description, url, verdict } = application
  return (
    <a href={url} target="_blank" rel="noreferrer" className={styles.card} data-row>
      <span className={styles.monogram} data-tone={toneOf(id)} aria-hidden="true">
        {monogram(name)}
      </span>
      <span className={styles.text}>
        <strong>{name}</strong>
        {description !== undefined && <span>{sentence(description)}</span>}
        {verdict === 'step-up' && (
          <span className={styles.stepUp}>
            <VerdictGlyph verdict="step-up" size={13} /> Asks for your passkey
          </span>
        )}
      </span>
      <IconArrowUpRight size={16} aria-label="Opens in a new tab" className={styles.out} />
    </a>
  )
}
