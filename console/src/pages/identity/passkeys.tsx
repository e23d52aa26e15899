// My passkeys, and one more.
import type { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { Button, TextInput } from '@mantine/core'
import { IconKey, IconPlus } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { readingMe } from '#api/me.ts'
import { addPasskey, passkeysWork } from '#api/passkeys.ts'
import { queries } from '#api/server.client.ts'
import { Moment } from '#design/moment.tsx'
import { Card } from '#design/page.tsx'
import { Empty } from '#design/states.tsx'
import { Problem } from '#shell/problem.tsx'
import styles from './passkeys.module.css'

type Passkey = RouteResult<typeof api.identity.me>['passkeys'][number]

export function Passkeys({ passkeys }: { readonly passkeys: readonly Passkey[] }) {
  const [adding, setAdding] = useState(false)
  return (
    <Card
      flush
      title="My passkeys"
      aside={
        !adding &&
        passkeysWork() && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={14} />}
            onClick={() => setAdding(true)}
          >
            Add a passkey
          </Button>
        )
      }
    >
      {adding && <AddPasskey onDone={() => setAdding(false)} />}
      {passkeys.length === 0 && !adding ? (
        <Empty title="You have no passkey yet">
          With a passkey you sign in without a password, and reach what asks for a strong sign-in.
        </Empty>
      ) : (
        <ul className={styles.passkeys}>
          {passkeys.map(({ id, name, registeredAt, lastUsedAt }) => (
            <li key={id}>
              <IconKey size={18} stroke={1.6} aria-hidden="true" />
              <span>
                <strong>{name}</strong>
                <small>
                  Added on <Moment at={registeredAt} as="day" />
                  {lastUsedAt === undefined ? (
                    ', never used'
                  ) : (
                    <>
                      , last used <Moment at={lastUsedAt} />
                    </>
                  )}
                </small>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

const nameMaxCharacters = 64

function AddPasskey({ onDone }: { readonly onDone: () => void }) {
  const [name, setName] = useState('')
  const add = useMutation({
    mutationFn: () => addPasskey(name.trim()),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: readingMe.queryKey })
      onDone()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  return (
    <form className={styles.add} onSubmit={submit}>
      <TextInput
        label="Name of the passkey"
        description="So that you recognise it later, e.g. the device it is in."
        required
        withAsterisk={false}
        maxLength={nameMaxCharacters}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <div className={styles.buttons}>
        <Button type="submit" loading={add.isPending}>
          Create it
        </Button>
        <Button variant="default" onClick={onDone} disabled={add.isPending}>
          Cancel
        </Button>
      </div>
      {add.error && <Problem error={add.error} onRetry={() => add.mutate()} />}
    </form>
  )
}
