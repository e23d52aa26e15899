// Links for enrolling: issued once, shown once, and for an administrator confirmed by a second one.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { Button, NativeSelect } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useMe } from '#api/me.ts'
import { client, queries, reading } from '#api/server.client.ts'
import { Confirm } from '#design/confirm.tsx'
import { Moment } from '#design/moment.tsx'
import { Card } from '#design/page.tsx'
import { ShownOnce } from '#design/secret.tsx'
import { Empty, Waiting } from '#design/states.tsx'
import { Tag } from '#design/tag.tsx'
import { PersonField } from '#lists/person-field.tsx'
import { Reference } from '#lists/references.tsx'
import { Problem } from '#shell/problem.tsx'
import { Actor } from './actor.tsx'
import styles from './requests.module.css'

const readingEnrolments = reading(api.identity.enrolments, {})
const changed = () => queries.invalidateQueries({ queryKey: readingEnrolments.queryKey })

type Enrolment = RouteResult<typeof api.identity.enrolments>['enrolments'][number]

export function EnrolmentLinks() {
  const { permissions } = useMe()
  const { data, error, refetch } = useQuery(readingEnrolments)
  return (
    <>
      {permissions.includes('identity.enrol') && <Issue />}
      <Card flush title="Links that are open">
        {error ? (
          <Problem error={error} onRetry={() => void refetch()} />
        ) : data === undefined ? (
          <Waiting lines={3} />
        ) : data.enrolments.length === 0 ? (
          <Empty title="No link is open">
            A link stays here until it is used, is revoked, or its time is over.
          </Empty>
        ) : (
          <ul className={styles.requests}>
            {data.enrolments.map((enrolment) => (
              <Row key={enrolment.id} enrolment={enrolment} />
            ))}
          </ul>
        )}
      </Card>
    </>
  )
}

const validities = [
  { value: '30', label: 'half an hour' },
  { value: '240', label: 'four hours' },
  { value: '1440', label: 'a day' },
  { value: '10080', label: 'a week' },
] as const

function Issue() {
  const { person: wanted = '' } = useSearch({ from: '/shell/identity/enrolment' })
  const [person, setPerson] = useState(wanted)
  const [minutes, setMinutes] = useState('1440')
  const issue = useMutation({
    mutationFn: () =>
      client.call(api.identity.enrol, {
        body: { person: person.trim(), validMinutes: Number(minutes) },
      }),
    onSuccess: changed,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    issue.mutate()
  }
  return (
    <Card title="A first passkey">
      <form className={styles.form} onSubmit={submit}>
        <PersonField
          label="Who has no passkey yet?"
          value={person}
          onChange={(chosen) => {
            setPerson(chosen)
            issue.reset()
          }}
        />
        <NativeSelect
          label="The link works for"
          value={minutes}
          onChange={(event) => setMinutes(event.currentTarget.value)}
          data={validities}
        />
        <Button type="submit" size="xs" loading={issue.isPending} disabled={person.trim() === ''}>
          Issue a link
        </Button>
        {issue.data && (
          <ShownOnce
            lines={[issue.data.url]}
            what="link"
            advice={`Give it to ${person.trim()} yourself: in person, or on a call that you began. It works once, and an earlier link of theirs no longer does.${
              issue.data.state === 'waiting'
                ? ' They are an administrator, so it opens only when a second administrator has confirmed it on this page.'
                : ''
            }`}
          />
        )}
        {issue.error && <Problem error={issue.error} onRetry={() => issue.mutate()} />}
      </form>
    </Card>
  )
}

function Row({ enrolment }: { readonly enrolment: Enrolment }) {
  const { id, person, name, purpose, state, issuedAt, issuedBy, endsAt, opensAt } = enrolment
  const me = useMe()
  const confirm = useMutation({
    mutationFn: () =>
      client.call(api.identity.confirmEnrolment, { params: { enrolment: id }, body: {} }),
    onSuccess: changed,
  })
  const revoke = useMutation({
    mutationFn: () => client.call(api.identity.revokeEnrolment, { params: { enrolment: id } }),
    onSuccess: changed,
  })
  return (
    <li>
      <div className={styles.said}>
        <strong>
          <Reference kind="person" id={person} name={name} />
          {state === 'waiting' && <Tag tone="notice">Waits for a second administrator</Tag>}
        </strong>
        <p>
          {purpose === 'first' ? 'For a first passkey' : 'To come back after a loss'}, issued{' '}
          <Moment at={issuedAt} /> by <Actor actor={issuedBy} />.{' '}
          {purpose === 'recovery' && (
            <>
              Opens <Moment at={opensAt} as="moment" />.{' '}
            </>
          )}
          Ends <Moment at={endsAt} />.
        </p>
      </div>
      {me.permissions.includes('identity.enrol') && (
        <div className={styles.buttons}>
          {state === 'waiting' && (
            <Confirm
              label="Confirm"
              of={`the link of ${name}`}
              consequence={`The link of ${name}, who is an administrator, opens. Confirm only if whoever issued it told you about it, and you know that ${name} asked.`}
              confirm="Let it open"
              loading={confirm.isPending}
              onConfirm={() => confirm.mutate()}
            />
          )}
          <Confirm
            label="Revoke"
            of={`the link of ${name}`}
            consequence={`The link is worthless at once. ${name} needs another to register a passkey.`}
            confirm="Revoke it"
            loading={revoke.isPending}
            onConfirm={() => revoke.mutate()}
          />
        </div>
      )}
      {confirm.error && <Problem error={confirm.error} onRetry={() => confirm.mutate()} />}
      {revoke.error && <Problem error={revoke.error} onRetry={() => revoke.mutate()} />}
    </li>
  )
}
