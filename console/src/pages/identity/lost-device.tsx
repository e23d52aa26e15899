// When a device is lost: saying so, seeing that somebody did, and stopping it where it was not me.
import { api } from '@countersign/contract/api'
import { Button, Checkbox } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { factorsChanged, type MyFactors } from '#api/factors.ts'
import { client } from '#api/server.client.ts'
import { Moment } from '#design/moment.tsx'
import { Card } from '#design/page.tsx'
import { Problem } from '#shell/problem.tsx'
import styles from './passkeys.module.css'

/** Stands above everything else while a recovery is under way. */
export function RecoveryUnderWay({
  recovery,
}: {
  readonly recovery: NonNullable<MyFactors['recovery']>
}) {
  const cancel = useMutation({
    mutationFn: () => client.call(api.identity.cancelMyRecovery, {}),
    onSuccess: factorsChanged,
  })
  const { state, startedAt, opensAt, lost } = recovery
  return (
    <div className={styles.warning} role="alert">
      <p>
        <strong>Your account is being recovered.</strong> It was started <Moment at={startedAt} />
        {lost.length > 0 && `, because these were said to be lost: ${lost.join(', ')}`}.{' '}
        {state === 'started' ? (
          'A second person has to confirm that it was you.'
        ) : (
          <>
            A second person confirmed it. The link for a new passkey works from{' '}
            {opensAt === undefined ? 'now' : <Moment at={opensAt} as="clock" />} on.
          </>
        )}{' '}
        If it was not you, stop it and tell your security team.
      </p>
      <Button size="xs" color="red" loading={cancel.isPending} onClick={() => cancel.mutate()}>
        It was not me: stop it
      </Button>
      {cancel.error && <Problem error={cancel.error} onRetry={() => cancel.mutate()} />}
    </div>
  )
}

export function LostDevice({ passkeys }: Pick<MyFactors, 'passkeys'>) {
  const [open, setOpen] = useState(false)
  const [lost, setLost] = useState<readonly string[]>([])
  const start = useMutation({
    mutationFn: () => client.call(api.identity.startMyRecovery, { body: { lost: [...lost] } }),
    onSuccess: factorsChanged,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    start.mutate()
  }
  return (
    <Card title="I lost a device">
      {open ? (
        <form className={styles.part} onSubmit={submit}>
          <p>
            Which passkeys are lost? Your manager or an administrator confirms that it is you who
            says so. Then the lost ones are removed, and you get a link for a new one.
          </p>
          <Checkbox.Group label="Lost" value={[...lost]} onChange={(chosen) => setLost(chosen)}>
            <div className={styles.part}>
              {passkeys.map(({ id, name }) => (
                <Checkbox key={id} value={id} label={name} />
              ))}
            </div>
          </Checkbox.Group>
          <div className={styles.buttons}>
            <Button type="submit" size="xs" disabled={lost.length === 0} loading={start.isPending}>
              Ask for recovery
            </Button>
            <Button size="xs" variant="default" onClick={() => setOpen(false)}>
              Cancel
            </Button>
          </div>
          {start.error && <Problem error={start.error} onRetry={() => start.mutate()} />}
        </form>
      ) : (
        <div className={styles.part}>
          <p>
            If you still have another passkey, remove the lost one above: that is quicker. If not, a
            second person can help you to a new one.
          </p>
          <Button size="xs" variant="default" onClick={() => setOpen(true)}>
            Say that a device is lost
          </Button>
        </div>
      )}
    </Card>
  )
}
