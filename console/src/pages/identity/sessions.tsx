// Who is signed in, where, and how they proved it; and an end to any of it.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { Button, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { client, queries } from '#api/server.client.ts'
import { Moment } from '#design/moment.tsx'
import type { Column } from '#design/table.tsx'
import { Tag } from '#design/tag.tsx'
import { Inspection } from '#lists/inspection.tsx'
import { Listing } from '#lists/listing.tsx'
import { Reference } from '#lists/references.tsx'
import { Problem } from '#shell/problem.tsx'
import { methodWords, strengthWords } from '#words/authentication.ts'
import { sessionWords } from '#words/sessions.ts'
import styles from './passkeys.module.css'

type Session = RouteResult<typeof api.identity.sessions>['items'][number] & {
  readonly name: string
}

const title = 'Sessions'

export function Sessions() {
  return (
    <Listing
      title={title}
      about="Who is signed in now. Ending a session ends everything that rests on it: pages, tunnels, and the applications it signed on to."
      noun={['session', 'sessions']}
      filledBy="A session begins when somebody signs in."
      columns={columns}
      read={async (query, signal) => {
        const { items, ...rest } = await client.call(api.identity.sessions, { query }, { signal })
        return { ...rest, items: items.map((it) => ({ ...it, name: it.personName })) }
      }}
      inspector={SessionInspection}
    />
  )
}

const columns: readonly Column<Session>[] = [
  { title: 'Who', cell: ({ name }) => name },
  { title: 'Where', cell: (session) => sessionWords(session) },
  { title: 'Proved with', cell: ({ proof }) => methodWords[proof.method], wideOnly: true },
  { title: 'Last used', cell: ({ lastUsedAt }) => <Moment at={lastUsedAt} /> },
  {
    title: 'State',
    cell: ({ contestedAt }) =>
      contestedAt === undefined ? 'In use' : <Tag tone="bad">In two places at once</Tag>,
  },
]

function SessionInspection({ item: session }: { readonly item: Session }) {
  const { id, person, name, proof, startedAt, endsAt, idleEndsAt, lastUsedAt, seen } = session
  return (
    <>
      <Inspection
        id={id}
        decisions={{ principal: person }}
        rows={{
          Who: <Reference kind="person" id={person} name={name} />,
          Where: sessionWords(session),
          Network: seen?.network,
          How: methodWords[proof.method],
          Strength: strengthWords(proof.method, proof.phishingResistant),
          'Identity provider': proof.provider,
          'Last proved': <Moment at={proof.observedAt} />,
          'Last used': <Moment at={lastUsedAt} />,
          Began: <Moment at={startedAt} as="moment" />,
          Ends: <Moment at={endsAt} />,
          'Ends unused': idleEndsAt === undefined ? undefined : <Moment at={idleEndsAt} />,
          'In two places since':
            session.contestedAt === undefined ? undefined : <Moment at={session.contestedAt} />,
        }}
      />
      <End session={session} />
    </>
  )
}

const reasonMaxCharacters = 1024

function End({ session: { id, person, name } }: { readonly session: Session }) {
  const [reason, setReason] = useState('')
  const end = useMutation({
    mutationFn: (all: boolean) =>
      all
        ? client.call(api.identity.endSessionsOf, { params: { person }, body: { reason } })
        : client.call(api.identity.endSession, { params: { session: id }, body: { reason } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['list', title] }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    end.mutate(false)
  }
  return (
    <form className={styles.part} onSubmit={submit}>
      <TextInput
        label="Why it ends"
        description="It stands in the journal, and the person can read it."
        required
        withAsterisk={false}
        maxLength={reasonMaxCharacters}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <div className={styles.buttons}>
        <Button type="submit" size="xs" color="red" loading={end.isPending}>
          End this session
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={reason.trim() === '' || end.isPending}
          onClick={() => end.mutate(true)}
        >
          End all of {name}
        </Button>
      </div>
      {end.error && <Problem error={end.error} onRetry={() => end.mutate(end.variables)} />}
    </form>
  )
}
