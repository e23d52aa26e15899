// Requests for access: asking because of a refusal, what I am asked for, and what I asked for.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { Button, NativeSelect, Textarea } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { client, queries, reading } from '#api/server.client.ts'
import { useNow } from '#design/clock.tsx'
import { Moment } from '#design/moment.tsx'
import { Card, Page } from '#design/page.tsx'
import { Empty, Waiting } from '#design/states.tsx'
import { Problem } from '#shell/problem.tsx'
import styles from './requests.module.css'

type Requests = RouteResult<typeof api.identity.accessRequests>
type Request = Requests['mine'][number]

const readingRequests = reading(api.identity.accessRequests, {})
const changed = () => queries.invalidateQueries({ queryKey: readingRequests.queryKey })
const reasonMaxCharacters = 1_000
const dayMs = 86_400_000

export function AccessRequests() {
  const { decision, group, reason } = useSearch({ from: '/shell/identity/requests' })
  const requests = useQuery(readingRequests)
  return (
    <Page
      title="Requests"
      about="A refusal that the owner of a group could turn becomes a question to them."
      width="narrow"
    >
      {decision !== undefined && (
        <Ask decision={decision} group={group} reason={reason} key={decision} />
      )}
      {requests.error && <Problem error={requests.error} onRetry={() => void requests.refetch()} />}
      {requests.isPending && <Waiting lines={5} />}
      {requests.data && <Lists {...requests.data} />}
    </Page>
  )
}

function Lists({ mine, toAnswer }: Requests) {
  return (
    <>
      <Card flush title="Waiting for my answer">
        {toAnswer.length === 0 ? (
          <Empty title="Nobody waits for you">
            Whoever is refused, and could be let in by a group that you own, can ask you here.
          </Empty>
        ) : (
          <ul className={styles.requests}>
            {toAnswer.map((request) => (
              <ToAnswer key={request.id} request={request} />
            ))}
          </ul>
        )}
      </Card>
      <Card flush title="What I asked for">
        {mine.length === 0 ? (
          <Empty title="You have not asked for anything">
            Where an application refuses you and somebody could let you in, the page of the refusal
            has a place to ask.
          </Empty>
        ) : (
          <ul className={styles.requests}>
            {mine.map((request) => (
              <Mine key={request.id} request={request} />
            ))}
          </ul>
        )}
      </Card>
    </>
  )
}

interface AskProps {
  readonly decision: string
  readonly group: string | undefined
  readonly reason: string | undefined
}

// What the page of a refusal filled in is shown once more: nothing is asked before this is sent.
function Ask({ decision, group: wanted, reason: given = '' }: AskProps) {
  const navigate = useNavigate()
  const offers = useQuery(reading(api.identity.accessOffers, { query: { decision } }))
  const [chosen, setChosen] = useState(wanted)
  const [reason, setReason] = useState(given.slice(0, reasonMaxCharacters))
  const groups = offers.data?.groups ?? []
  const offer = groups.find(({ group }) => group.id === chosen) ?? groups[0]
  const ask = useMutation({
    mutationFn: (group: string) =>
      client.call(api.identity.requestAccess, { body: { decision, group, reason } }),
    onSuccess: async () => {
      await changed()
      await navigate({ to: '/identity/requests', search: {}, replace: true })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (offer) ask.mutate(offer.group.id)
  }
  const error = ask.error ?? offers.error
  return (
    <Card title={offers.data ? `Ask for access to ${offers.data.application.name}` : 'Ask'}>
      {offers.isPending && <Waiting lines={3} />}
      {offer && (
        <form className={styles.form} onSubmit={submit}>
          {groups.length > 1 && (
            <NativeSelect
              label="Whom to ask"
              value={offer.group.id}
              onChange={(event) => setChosen(event.currentTarget.value)}
              data={groups.map(({ group, owner }) => ({
                value: group.id,
                label: `${owner.name}, for the group ${group.name}`,
              }))}
            />
          )}
          <Textarea
            label="What do you need it for?"
            description={`${offer.owner.name} may take you into the group ${offer.group.name}, or say why not.`}
            required
            withAsterisk={false}
            autosize
            minRows={2}
            maxLength={reasonMaxCharacters}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            data-autofocus
          />
          <Button type="submit" loading={ask.isPending} disabled={reason.trim() === ''}>
            Ask {offer.owner.name}
          </Button>
        </form>
      )}
      {error && (
        <Problem
          error={error}
          onRetry={() => (ask.error && offer ? ask.mutate(offer.group.id) : void offers.refetch())}
        />
      )}
    </Card>
  )
}

const ends = [
  { value: '1', label: 'for a day' },
  { value: '7', label: 'for a week' },
  { value: '30', label: 'for 30 days' },
  { value: '90', label: 'for 90 days' },
  { value: '', label: 'without an end' },
] as const

function ToAnswer({ request }: { readonly request: Request }) {
  const { id, person, group, application, reason: asked, askedAt } = request
  const now = useNow()
  const [days, setDays] = useState('30')
  const [reason, setReason] = useState('')
  const title = useId()
  const answer = useMutation({
    mutationFn: (kind: 'approve' | 'decline') => {
      const said = reason.trim()
      return client.call(api.identity.answerAccessRequest, {
        params: { request: id },
        body:
          kind === 'decline'
            ? { kind, reason: said }
            : {
                kind,
                ...(said === '' ? {} : { reason: said }),
                ...(days === '' ? {} : { endsAt: now + Number(days) * dayMs }),
              },
      })
    },
    onSuccess: changed,
  })
  return (
    <li aria-labelledby={title}>
      <Said
        id={title}
        title={`${person.name} asks to be in ${group.name}`}
        reason={asked}
        beside={
          <>
            Refused at {application.name}, asked <Moment at={askedAt} />
          </>
        }
      />
      <form
        className={styles.answer}
        onSubmit={(event) => {
          event.preventDefault()
          answer.mutate('approve')
        }}
      >
        <NativeSelect
          label="Take in"
          data={[...ends]}
          value={days}
          onChange={(event) => setDays(event.currentTarget.value)}
        />
        <Textarea
          className={styles.why}
          label="Your answer"
          description="Needed where you decline."
          autosize
          minRows={1}
          maxLength={reasonMaxCharacters}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <div className={styles.buttons}>
          <Button type="submit" loading={answer.isPending}>
            Approve
          </Button>
          <Button
            variant="default"
            disabled={reason.trim() === '' || answer.isPending}
            onClick={() => answer.mutate('decline')}
          >
            Decline
          </Button>
        </div>
      </form>
      {answer.error && <Problem error={answer.error} onRetry={() => answer.reset()} />}
    </li>
  )
}

function Mine({ request }: { readonly request: Request }) {
  const { id, group, application, reason, askedAt, answer } = request
  const withdraw = useMutation({
    mutationFn: () => client.call(api.identity.withdrawAccessRequest, { params: { request: id } }),
    onSuccess: changed,
  })
  return (
    <li>
      <Said
        title={`${group.name}, for ${application.name}`}
        reason={reason}
        beside={
          <>
            Asked <Moment at={askedAt} />. <State request={request} />
          </>
        }
      />
      {answer?.reason !== undefined && <blockquote>{answer.reason}</blockquote>}
      {answer === undefined && (
        <div className={styles.buttons}>
          <Button
            size="xs"
            variant="default"
            loading={withdraw.isPending}
            aria-label={`Take back the request for ${group.name}`}
            onClick={() => withdraw.mutate()}
          >
            Take back
          </Button>
        </div>
      )}
      {withdraw.error && <Problem error={withdraw.error} onRetry={() => withdraw.mutate()} />}
    </li>
  )
}

function State({ request: { answer, owner, expiresAt } }: { readonly request: Request }) {
  switch (answer?.kind) {
    case undefined:
      return (
        <>
          Waits for {owner?.name ?? 'an owner'} until <Moment at={expiresAt} as="day" />.
        </>
      )
    case 'approved':
      return answer.endsAt === undefined ? (
        <>
          Approved <Moment at={answer.at} />.
        </>
      ) : (
        <>
          Approved <Moment at={answer.at} />, until <Moment at={answer.endsAt} as="day" />.
        </>
      )
    case 'declined':
      return (
        <>
          Declined <Moment at={answer.at} />.
        </>
      )
    case 'expired':
      return <>Nobody answered in time.</>
    case 'withdrawn':
      return <>You took it back.</>
  }
}

interface SaidProps {
  readonly id?: string
  readonly title: string
  readonly reason: string
  readonly beside: ReactNode
}

function Said({ id, title, reason, beside }: SaidProps) {
  return (
    <div className={styles.said}>
      <strong id={id}>{title}</strong>
      <p>{reason}</p>
      <small>{beside}</small>
    </div>
  )
}
