// The accounts of the last resort: whether they would work on the day, and what every use of them
// was about. A use that nobody explained stays on top.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { Button, Textarea } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { client, queries, reading } from '#api/server.client.ts'
import { Confirm } from '#design/confirm.tsx'
import { Moment } from '#design/moment.tsx'
import { Card, Page } from '#design/page.tsx'
import { Prose } from '#design/prose.tsx'
import { Empty, Waiting } from '#design/states.tsx'
import { type Column, Table } from '#design/table.tsx'
import { Tag } from '#design/tag.tsx'
import { Reference } from '#lists/references.tsx'
import { Problem } from '#shell/problem.tsx'
import { isMethod, methodWords } from '#words/authentication.ts'
import { sentence } from '#words/figures.ts'
import styles from './break-glass.module.css'

const readingBreakGlass = reading(api.identity.breakGlass, {})
const changed = () => queries.invalidateQueries({ queryKey: readingBreakGlass.queryKey })

type BreakGlass = RouteResult<typeof api.identity.breakGlass>
type Account = BreakGlass['accounts'][number]
type Use = BreakGlass['uses'][number]

export function BreakGlassAccounts() {
  const { data, error, refetch } = useQuery(readingBreakGlass)
  return (
    <Page
      title="Break-glass accounts"
      about="Accounts of the last resort, for the day when everything else is down. Each sign-in with one is an alarm until somebody else explained it."
    >
      {error ? (
        <Problem error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Card>
          <Waiting lines={6} />
        </Card>
      ) : (
        <>
          <Findings findings={data.findings} />
          <Accounts accounts={data.accounts} />
          <Uses uses={data.uses} />
        </>
      )}
    </Page>
  )
}

function Findings({ findings }: Pick<BreakGlass, 'findings'>) {
  if (findings.length === 0) return null
  return (
    <Card flush title="What is wrong">
      <div role="alert">
        <ul className={styles.findings}>
          {findings.map(({ kind, person, use, words }) => (
            <li key={`${kind} ${person ?? ''} ${use ?? ''}`}>
              <span>
                <Prose text={sentence(words)} />
              </span>
              {person !== undefined && <Reference kind="person" id={person} />}
            </li>
          ))}
        </ul>
      </div>
    </Card>
  )
}

function Accounts({ accounts }: Pick<BreakGlass, 'accounts'>) {
  return (
    <Card flush title="Accounts">
      {accounts.length === 0 ? (
        <Empty title="There is no account of the last resort">
          Make two of them with `countersign identity break-glass add`, each with a hardware key
          that is locked away, and try them.
        </Empty>
      ) : (
        <Table
          label="Break-glass accounts"
          columns={accountColumns}
          rows={accounts}
          rowKey={({ person }) => person}
        />
      )}
    </Card>
  )
}

function Drill({ account: { person, name, drillDeclaredUntil } }: { readonly account: Account }) {
  const declare = useMutation({
    mutationFn: () => client.call(api.identity.declareDrill, { params: { person }, body: {} }),
    onSuccess: changed,
  })
  if (drillDeclaredUntil !== undefined) {
    return (
      <>
        Declared, until <Moment at={drillDeclaredUntil} as="clock" />
      </>
    )
  }
  return (
    <>
      <Confirm
        label="Declare"
        of={`a drill of ${name}`}
        consequence={`The next sign-in of ${name} within a day counts as a drill. It is an alarm all the same.`}
        confirm="Declare it"
        loading={declare.isPending}
        onConfirm={() => declare.mutate()}
      />
      {declare.error && <Problem error={declare.error} onRetry={() => declare.mutate()} />}
    </>
  )
}

function Uses({ uses }: Pick<BreakGlass, 'uses'>) {
  return (
    <Card flush title="Uses" aside="of the last year">
      {uses.length === 0 ? (
        <Empty title="None was ever used">
          Good, if a drill is not overdue. A use shows up here within a minute.
        </Empty>
      ) : (
        <ul className={styles.uses}>
          {uses.map((use) => (
            <UseRow key={use.id} use={use} />
          ))}
        </ul>
      )}
    </Card>
  )
}

function UseRow({ use }: { readonly use: Use }) {
  const { person, at, method, isDrill, acknowledged } = use
  return (
    <li>
      <span>
        <Reference kind="person" id={person} /> <Moment at={at} as="moment" />,{' '}
        {isMethod(method) ? methodWords[method].toLowerCase() : method}{' '}
        {isDrill && <Tag>Drill</Tag>}{' '}
        {acknowledged === undefined && <Tag tone="bad">Not explained yet</Tag>}
      </span>
      {acknowledged === undefined ? (
        <Acknowledge use={use} />
      ) : (
        <p>
          {acknowledged.postMortem}{' '}
          <small>
            {acknowledged.by}, <Moment at={acknowledged.at} as="day" />
          </small>
        </p>
      )}
    </li>
  )
}

const postMortemMinCharacters = 20
const postMortemMaxCharacters = 16_384

function Acknowledge({ use: { id } }: { readonly use: Use }) {
  const [postMortem, setPostMortem] = useState('')
  const acknowledge = useMutation({
    mutationFn: () =>
      client.call(api.identity.acknowledgeUse, {
        params: { use: id },
        body: { postMortem: postMortem.trim() },
      }),
    onSuccess: changed,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    acknowledge.mutate()
  }
  return (
    <form className={styles.acknowledge} onSubmit={submit}>
      <Textarea
        label="What was it about?"
        description="What happened, and what follows from it. Somebody else than who used it writes this."
        autosize={false}
        rows={3}
        required
        withAsterisk={false}
        minLength={postMortemMinCharacters}
        maxLength={postMortemMaxCharacters}
        value={postMortem}
        onChange={(event) => setPostMortem(event.currentTarget.value)}
      />
      <Button type="submit" size="xs" loading={acknowledge.isPending}>
        Close the alarm
      </Button>
      {acknowledge.error && (
        <Problem error={acknowledge.error} onRetry={() => acknowledge.mutate()} />
      )}
    </form>
  )
}

const accountColumns: readonly Column<Account>[] = [
  {
    title: 'Account',
    cell: ({ person, name }) => <Reference kind="person" id={person} name={name} />,
  },
  {
    title: 'Ways in',
    cell: ({ methods }) =>
      methods.length === 0 ? (
        <Tag tone="bad">None</Tag>
      ) : (
        methods.map((it) => (isMethod(it) ? methodWords[it] : it)).join(', ')
      ),
  },
  {
    title: 'Last drill',
    cell: ({ lastDrillAt }) =>
      lastDrillAt === undefined ? <Tag tone="notice">Never</Tag> : <Moment at={lastDrillAt} />,
  },
  { title: 'Since', cell: ({ since }) => <Moment at={since} as="day" />, wideOnly: true },
  { title: 'Drill', cell: (account) => <Drill account={account} /> },
]
