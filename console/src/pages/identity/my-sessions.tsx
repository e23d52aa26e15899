// Where I am signed in, with an end to each, and when I was asked to sign in, and why.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { Button } from '@mantine/core'
import { IconDeviceDesktop, IconTerminal2 } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { client, queries, reading } from '#api/server.client.ts'
import { Moment } from '#design/moment.tsx'
import { Card, Page } from '#design/page.tsx'
import { Empty, Waiting } from '#design/states.tsx'
import { Tag } from '#design/tag.tsx'
import { Problem } from '#shell/problem.tsx'
import { methodWords } from '#words/authentication.ts'
import { sentence } from '#words/figures.ts'
import { sessionWords } from '#words/sessions.ts'
import styles from './my-sessions.module.css'

const readingSessions = reading(api.identity.mySessions, {})
const readingSignIns = reading(api.identity.mySignIns, { query: { days: 7 } })

const sessionsChanged = () => queries.invalidateQueries({ queryKey: readingSessions.queryKey })

export function MySessions() {
  const sessions = useQuery(readingSessions)
  const endOthers = useMutation({
    mutationFn: () => client.call(api.identity.endMyOtherSessions, { body: {} }),
    onSuccess: sessionsChanged,
  })
  const others = sessions.data?.sessions.filter(({ isCurrent }) => !isCurrent).length ?? 0
  return (
    <Page
      title="My sessions"
      about="Where you are signed in, and when you were asked to sign in, and why."
      width="narrow"
      actions={
        others > 0 && (
          <Button
            variant="default"
            loading={endOthers.isPending}
            onClick={() => endOthers.mutate()}
          >
            End all others
          </Button>
        )
      }
    >
      {endOthers.error && <Problem error={endOthers.error} onRetry={() => endOthers.mutate()} />}
      <Card flush title="Signed in now">
        {sessions.error && (
          <Problem error={sessions.error} onRetry={() => void sessions.refetch()} />
        )}
        {sessions.isPending && <Waiting lines={3} />}
        {sessions.data && (
          <ul className={styles.rows}>
            {sessions.data.sessions.map((session) => (
              <Row key={session.id} session={session} />
            ))}
          </ul>
        )}
      </Card>
      <SignIns />
    </Page>
  )
}

type Session = RouteResult<typeof api.identity.mySessions>['sessions'][number]

function Row({ session }: { readonly session: Session }) {
  const { id, kind, isCurrent, lastUsedAt, startedAt, endsAt, idleEndsAt, proof, seen } = session
  const end = useMutation({
    mutationFn: () => client.call(api.identity.endMySession, { params: { session: id }, body: {} }),
    onSuccess: sessionsChanged,
  })
  const Icon = kind === 'program' ? IconTerminal2 : IconDeviceDesktop
  const words = sessionWords(session)
  return (
    <li>
      <Icon size={18} stroke={1.6} aria-hidden="true" />
      <div className={styles.about}>
        <span>
          <strong>{words}</strong> {isCurrent && <Tag tone="good">This one</Tag>}{' '}
          {session.contestedAt !== undefined && (
            <Tag tone="bad">Seen in two places at once; opens nothing</Tag>
          )}
        </span>
        <small>
          Began <Moment at={startedAt} /> with {methodWords[proof.method].toLowerCase()}, last used{' '}
          <Moment at={lastUsedAt} />
          {seen !== undefined && ` from ${seen.network}`}
        </small>
        <small>
          Ends <Moment at={endsAt} />
          {idleEndsAt !== undefined && idleEndsAt < endsAt && (
            <>
              , or <Moment at={idleEndsAt} /> if nobody uses it
            </>
          )}
        </small>
        {end.error && <Problem error={end.error} onRetry={() => end.mutate()} />}
      </div>
      {!isCurrent && (
        <Button
          size="xs"
          variant="default"
          aria-label={`End ${words}`}
          loading={end.isPending}
          onClick={() => end.mutate()}
        >
          End it
        </Button>
      )}
    </li>
  )
}

function SignIns() {
  const { data, error, refetch, isPending } = useQuery(readingSignIns)
  return (
    <Card flush title="When I was asked to sign in, and why">
      {error && <Problem error={error} onRetry={() => void refetch()} />}
      {isPending && <Waiting lines={4} />}
      {data?.signIns.length === 0 && (
        <Empty title="You were not asked in the last seven days">
          When you are, the reason stands here.
        </Empty>
      )}
      {data && data.signIns.length > 0 && (
        <ul className={styles.rows}>
          {data.signIns.map(({ at, session, kind, proof, cause }) => (
            <li key={`${session} ${at}`}>
              <div className={styles.about}>
                <span>{sentence(cause.words)}</span>
                <small>
                  <Moment at={at} as="moment" />, {methodWords[proof.method].toLowerCase()}
                  {kind === 'strengthened' && ', in a session that was there'}
                  {cause.application !== undefined && `, for ${cause.application.name}`}
                </small>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
