// Recoveries of people who lost a device: started by one, confirmed by another who recognised them.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { Button, Checkbox } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
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

const readingRecoveries = reading(api.identity.recoveries, {})
const changed = () => queries.invalidateQueries({ queryKey: readingRecoveries.queryKey })

type Recovery = RouteResult<typeof api.identity.recoveries>['recoveries'][number]

export function Recoveries() {
  const { permissions } = useMe()
  const { data, error, refetch } = useQuery(readingRecoveries)
  return (
    <>
      {permissions.includes('identity.enrol') && <Start />}
      <Card flush title="Recoveries">
        {error ? (
          <Problem error={error} onRetry={() => void refetch()} />
        ) : data === undefined ? (
          <Waiting lines={3} />
        ) : data.recoveries.length === 0 ? (
          <Empty title="Nobody is being recovered">
            A recovery takes two people besides the one it is about: one who starts it, one who
            recognises them.
          </Empty>
        ) : (
          <ul className={styles.requests}>
            {data.recoveries.map((recovery) => (
              <Row key={recovery.id} recovery={recovery} />
            ))}
          </ul>
        )}
      </Card>
    </>
  )
}

function Start() {
  const [person, setPerson] = useState('')
  const [lost, setLost] = useState<readonly string[]>([])
  const [asked, setAsked] = useState('')
  const factors = useQuery({
    ...reading(api.identity.factorsOf, { params: { person: asked } }),
    enabled: asked !== '',
  })
  const start = useMutation({
    mutationFn: () =>
      client.call(api.identity.startRecovery, { body: { person: asked, lost: [...lost] } }),
    onSuccess: async () => {
      await changed()
      again('')
      setPerson('')
    },
  })
  const again = (chosen: string) => {
    setAsked(chosen)
    setLost([])
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (asked === person.trim()) start.mutate()
    else again(person.trim())
  }
  const passkeys = asked === '' ? undefined : factors.data?.passkeys
  return (
    <Card title="A lost device">
      <form className={styles.form} onSubmit={submit}>
        <PersonField
          label="Who lost a device?"
          value={person}
          onChange={(chosen) => {
            setPerson(chosen)
            again('')
            start.reset()
          }}
        />
        {factors.error && asked !== '' && (
          <Problem error={factors.error} onRetry={() => void factors.refetch()} />
        )}
        {passkeys && passkeys.length > 0 && (
          <Checkbox.Group
            label="What is lost"
            description="These stop to count when the recovery is confirmed."
            value={[...lost]}
            onChange={setLost}
          >
            <div className={styles.choices}>
              {passkeys.map(({ id, name, model }) => (
                <Checkbox
                  key={id}
                  value={id}
                  label={model === undefined ? name : `${name}, ${model}`}
                />
              ))}
            </div>
          </Checkbox.Group>
        )}
        {passkeys && (
          <p>
            {passkeys.length === 0 && 'Nothing is registered for them. '}
            Ask what you can verify: a call back to the number on record, a face you know. Never
            answer somebody who hurries you. It is shown to {asked} wherever they are signed in, and
            a sign-in of theirs stops it.
          </p>
        )}
        <Button
          type="submit"
          size="xs"
          variant={passkeys ? 'filled' : 'default'}
          loading={start.isPending || (asked !== '' && factors.isPending)}
          disabled={person.trim() === ''}
        >
          {passkeys ? 'Start the recovery' : 'Go on'}
        </Button>
        {start.error && <Problem error={start.error} onRetry={() => start.mutate()} />}
      </form>
    </Card>
  )
}

const stateTags: Readonly<Record<Recovery['state'], { tone: 'notice' | 'plain'; text: string }>> = {
  started: { tone: 'notice', text: 'Waits for a second person' },
  confirmed: { tone: 'notice', text: 'Confirmed' },
  completed: { tone: 'plain', text: 'Done' },
  cancelled: { tone: 'plain', text: 'Stopped' },
  expired: { tone: 'plain', text: 'Ran out' },
}

function Row({ recovery }: { readonly recovery: Recovery }) {
  const { id, person, name, state, startedAt, startedBy, lost, confirmedBy, opensAt } = recovery
  const { permissions } = useMe()
  const confirm = useMutation({
    mutationFn: () =>
      client.call(api.identity.confirmRecovery, { params: { recovery: id }, body: {} }),
    onSuccess: changed,
  })
  const cancel = useMutation({
    mutationFn: () => client.call(api.identity.cancelRecovery, { params: { recovery: id } }),
    onSuccess: changed,
  })
  const isUnderWay = state === 'started' || state === 'confirmed'
  return (
    <li>
      <div className={styles.said}>
        <strong>
          <Reference kind="person" id={person} name={name} />
          <Tag tone={stateTags[state].tone}>{stateTags[state].text}</Tag>
        </strong>
        <p>
          Started <Moment at={startedAt} /> by <Actor actor={startedBy} />. Lost:{' '}
          {lost.length === 0 ? 'all of them' : lost.join(', ')}.
          {confirmedBy !== undefined && (
            <>
              {' '}
              Confirmed by <Actor actor={confirmedBy} />
              {state === 'confirmed' && opensAt !== undefined && (
                <>
                  ; the link opens <Moment at={opensAt} as="moment" />
                </>
              )}
              .
            </>
          )}
          {!isUnderWay && recovery.endedAt !== undefined && (
            <>
              {' '}
              Ended <Moment at={recovery.endedAt} />.
            </>
          )}
        </p>
      </div>
      {confirm.data && (
        <ShownOnce
          lines={[confirm.data.url]}
          what="link"
          advice={`Give this link to ${name} yourself, in person or by voice. It opens after a wait, and whoever has it can become ${name}.`}
        />
      )}
      {isUnderWay && permissions.includes('identity.enrol') && (
        <div className={styles.buttons}>
          {state === 'started' && (
            <Confirm
              label="Confirm"
              of={`the recovery of ${name}`}
              consequence={`Confirm only if you have just seen or spoken to ${name} in a way you started yourself, and somebody else started this. What is lost stops to count at once, and sessions that rest on it end.`}
              confirm={`It is really ${name}`}
              loading={confirm.isPending}
              onConfirm={() => confirm.mutate()}
            />
          )}
          <Confirm
            label="Stop"
            of={`the recovery of ${name}`}
            consequence={`The recovery ends and its link is worthless. ${
              state === 'confirmed' ? 'What was removed stays removed.' : 'Nothing is removed.'
            }`}
            confirm="Stop it"
            loading={cancel.isPending}
            onConfirm={() => cancel.mutate()}
          />
        </div>
      )}
      {confirm.error && <Problem error={confirm.error} onRetry={() => confirm.mutate()} />}
      {cancel.error && <Problem error={cancel.error} onRetry={() => cancel.mutate()} />}
    </li>
  )
}
