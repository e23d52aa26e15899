// My passkeys: what each is, its name, and its end; and one more.
import { api } from '@countersign/contract/api'
import { Button, TextInput } from '@mantine/core'
import { IconKey, IconPlus } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { factorsChanged, type MyFactors } from '#api/factors.ts'
import { addPasskey, passkeysWork } from '#api/passkeys.ts'
import { client } from '#api/server.client.ts'
import { Confirm } from '#design/confirm.tsx'
import { Moment } from '#design/moment.tsx'
import { Card } from '#design/page.tsx'
import { Empty } from '#design/states.tsx'
import { Problem } from '#shell/problem.tsx'
import { kindOfPasskey, whereaboutsOf } from '#words/passkeys.ts'
import styles from './passkeys.module.css'

type Passkey = MyFactors['passkeys'][number]

export function Passkeys({ passkeys }: Pick<MyFactors, 'passkeys'>) {
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
          {passkeys.map((passkey) => (
            <Row key={passkey.id} passkey={passkey} isLast={passkeys.length === 1} />
          ))}
        </ul>
      )}
      {passkeys.length === 1 && (
        <p className={styles.advice}>
          You have one passkey. Add a second one in another place, so that losing a device locks you
          out of nothing.
        </p>
      )}
    </Card>
  )
}

function Row({ passkey, isLast }: { readonly passkey: Passkey; readonly isLast: boolean }) {
  const { id, name, registeredAt, lastUsedAt } = passkey
  const [renaming, setRenaming] = useState(false)
  const remove = useMutation({
    mutationFn: () => client.call(api.identity.removePasskey, { params: { passkey: id } }),
    onSuccess: factorsChanged,
  })
  return (
    <li>
      <IconKey size={18} stroke={1.6} aria-hidden="true" />
      <div className={styles.about}>
        {renaming ? (
          <Rename passkey={passkey} onDone={() => setRenaming(false)} />
        ) : (
          <strong>{name}</strong>
        )}
        <small>
          {kindOfPasskey(passkey)}. {whereaboutsOf(passkey)}
        </small>
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
        {remove.error && <Problem error={remove.error} onRetry={() => remove.mutate()} />}
      </div>
      {!renaming && (
        <div className={styles.rowButtons}>
          <Button
            size="xs"
            variant="default"
            aria-label={`Rename ${name}`}
            onClick={() => setRenaming(true)}
          >
            Rename
          </Button>
          {!isLast && (
            <Confirm
              label="Remove"
              of={name}
              consequence="It signs you in no more, and where it did elsewhere, you are signed out."
              confirm="Remove it"
              loading={remove.isPending}
              onConfirm={() => remove.mutate()}
            />
          )}
        </div>
      )}
    </li>
  )
}

const nameMaxCharacters = 64

function Rename({ passkey, onDone }: { readonly passkey: Passkey; readonly onDone: () => void }) {
  const [name, setName] = useState(passkey.name)
  const rename = useMutation({
    mutationFn: () =>
      client.call(api.identity.renamePasskey, {
        params: { passkey: passkey.id },
        body: { name: name.trim() },
      }),
    onSuccess: async () => {
      await factorsChanged()
      onDone()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    rename.mutate()
  }
  return (
    <form className={styles.rename} onSubmit={submit}>
      <TextInput
        aria-label={`New name of ${passkey.name}`}
        size="xs"
        required
        maxLength={nameMaxCharacters}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
      <Button type="submit" size="xs" loading={rename.isPending}>
        Save
      </Button>
      <Button size="xs" variant="default" onClick={onDone} disabled={rename.isPending}>
        Cancel
      </Button>
      {rename.error && <Problem error={rename.error} onRetry={() => rename.mutate()} />}
    </form>
  )
}

function AddPasskey({ onDone }: { readonly onDone: () => void }) {
  const [name, setName] = useState('')
  const add = useMutation({
    mutationFn: () => addPasskey(name.trim()),
    onSuccess: async () => {
      await factorsChanged()
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
