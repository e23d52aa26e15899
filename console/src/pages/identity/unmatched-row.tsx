// One whom a provider knows: what it says of them, and the decision who they are here.
import { api } from '@countersign/contract/api'
import type { Unmatched } from '@countersign/contract/api/federation'
import { Button, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import { client, queries } from '#api/server.client.ts'
import { Confirm } from '#design/confirm.tsx'
import { Copyable } from '#design/copy.tsx'
import { Definitions } from '#design/definitions.tsx'
import { Moment } from '#design/moment.tsx'
import { Tag } from '#design/tag.tsx'
import { PersonField } from '#lists/person-field.tsx'
import { References } from '#lists/references.tsx'
import { Problem } from '#shell/problem.tsx'
import { counted } from '#words/figures.ts'
import { claimTitle, unmatchedWords } from '#words/unmatched.ts'
import { Actor } from './actor.tsx'
import styles from './requests.module.css'

const yesNo: Readonly<Record<string, string>> = { true: 'Yes', false: 'No' }
const reasonMaxCharacters = 512
const changed = async (): Promise<void> => {
  await Promise.all([
    queries.invalidateQueries({ queryKey: [api.identity.unmatched.path] }),
    queries.invalidateQueries({ queryKey: ['list', 'never-arrived'] }),
  ])
}

export function UnmatchedRow({ item }: { readonly item: Unmatched }) {
  const { claims, subject, provider, reason, reference, count, lastSeenAt, dismissed } = item
  const who = claims['name'] ?? claims['email'] ?? subject
  const title = useId()
  return (
    <li aria-labelledby={title}>
      <div className={styles.said}>
        <strong id={title}>{who}</strong>
        <p>{unmatchedWords[reason]}</p>
        <small>
          Came {count === 1 ? 'once' : counted(count, 'time')}, the last time{' '}
          <Moment at={lastSeenAt} />.
        </small>
      </div>
      <Definitions
        rows={{
          Reference: <Copyable value={reference} what="reference" />,
          Provider: <Tag>{provider}</Tag>,
          'Its name for them': <code>{subject}</code>,
          ...Object.fromEntries(
            Object.entries(claims).map(([claim, value]) => [
              claimTitle(claim),
              yesNo[value] ?? value,
            ]),
          ),
          'Could be':
            item.candidates.length === 0 ? undefined : (
              <References kind="person" ids={item.candidates} />
            ),
          Dismissed: dismissed && (
            <>
              {dismissed.reason} (<Moment at={dismissed.at} as="day" />)
            </>
          ),
          'Dismissed by': dismissed && <Actor actor={dismissed.by} />,
        }}
      />
      <Decide item={item} who={who} />
    </li>
  )
}

interface DecideProps {
  readonly item: Unmatched
  readonly who: string
}

function Decide({ item, who }: DecideProps) {
  const [doing, setDoing] = useState<'link' | 'dismiss' | undefined>()
  const stop = () => setDoing(undefined)
  switch (doing) {
    case 'link':
      return <LinkTo item={item} who={who} onCancel={stop} />
    case 'dismiss':
      return <Dismiss item={item} who={who} onCancel={stop} />
    case undefined:
      return (
        <div className={styles.buttons}>
          <Button
            size="xs"
            variant="default"
            aria-label={`Link ${who} to a person`}
            onClick={() => setDoing('link')}
          >
            Link to a person
          </Button>
          {item.dismissed === undefined && (
            <Button
              size="xs"
              variant="default"
              aria-label={`Dismiss ${who}`}
              onClick={() => setDoing('dismiss')}
            >
              Dismiss
            </Button>
          )}
        </div>
      )
  }
}

interface DecisionProps extends DecideProps {
  readonly onCancel: () => void
}

function LinkTo({ item: { id, candidates, provider }, who, onCancel }: DecisionProps) {
  const [person, setPerson] = useState(candidates.length === 1 ? (candidates[0] ?? '') : '')
  const chosen = person.trim()
  const link = useMutation({
    mutationFn: () =>
      client.call(api.identity.linkUnmatched, {
        params: { unmatched: id },
        body: { person: chosen },
      }),
    onSuccess: changed,
  })
  return (
    <div className={styles.form}>
      <PersonField label="Who is it here?" value={person} onChange={setPerson} />
      {candidates.length > 1 && (
        <div className={styles.buttons}>
          {candidates.map((candidate) => (
            <Button
              key={candidate}
              size="xs"
              variant="default"
              aria-pressed={candidate === chosen}
              onClick={() => setPerson(candidate)}
            >
              {candidate}
            </Button>
          ))}
        </div>
      )}
      <div className={styles.buttons}>
        {chosen !== '' && (
          <Confirm
            key={chosen}
            label={`Link to ${chosen}`}
            of={`for ${who}`}
            consequence={`Whoever signs in as ${who} at ${provider} is ${chosen} here from now on, with everything that ${chosen} may do. Ask ${chosen} first, in a way you started yourself.`}
            confirm="Link them"
            loading={link.isPending}
            onConfirm={() => link.mutate()}
          />
        )}
        <Button size="xs" variant="default" onClick={onCancel}>
          Not now
        </Button>
      </div>
      {link.error && <Problem error={link.error} onRetry={() => link.mutate()} />}
    </div>
  )
}

function Dismiss({ item: { id }, who, onCancel }: DecisionProps) {
  const [reason, setReason] = useState('')
  const dismiss = useMutation({
    mutationFn: () =>
      client.call(api.identity.dismissUnmatched, {
        params: { unmatched: id },
        body: { reason: reason.trim() },
      }),
    onSuccess: changed,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    dismiss.mutate()
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextInput
        label="Why nothing is to be done"
        description={`${who} stays unknown and is let in nowhere. The reason goes on record.`}
        required
        withAsterisk={false}
        maxLength={reasonMaxCharacters}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        data-autofocus
      />
      <div className={styles.buttons}>
        <Button type="submit" size="xs" loading={dismiss.isPending} disabled={reason.trim() === ''}>
          Dismiss
        </Button>
        <Button size="xs" variant="default" onClick={onCancel}>
          Not now
        </Button>
      </div>
      {dismiss.error && <Problem error={dismiss.error} onRetry={() => dismiss.mutate()} />}
    </form>
  )
}
