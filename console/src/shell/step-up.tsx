// Where a fresh sign-in is what is missing, it is one press away, and the page stays.
import { Button } from '@mantine/core'
import { IconFingerprint } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { signInWithPasskey } from '#api/passkeys.ts'
import { Prose } from '#design/prose.tsx'
import { failureOf } from '#words/failure.ts'
import styles from './step-up.module.css'

export function StepUp({ onDone }: { readonly onDone: () => void }) {
  const confirm = useMutation({ mutationFn: () => signInWithPasskey(undefined), onSuccess: onDone })
  const failure = confirm.error ? failureOf(confirm.error) : undefined
  return (
    <div className={styles.stepUp}>
      <Button
        size="xs"
        leftSection={<IconFingerprint size={15} />}
        loading={confirm.isPending}
        onClick={() => confirm.mutate()}
      >
        Confirm with your passkey
      </Button>
      {failure && (
        <p role="alert">
          <Prose text={`${failure.title}. ${failure.remedy}`} />
        </p>
      )}
    </div>
  )
}
