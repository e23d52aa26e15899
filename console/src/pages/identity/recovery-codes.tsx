// Codes to put away: each opens the way to a new passkey once.
import { api } from '@countersign/contract/api'
import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { factorsChanged, type MyFactors } from '#api/factors.ts'
import { client } from '#api/server.client.ts'
import { Confirm } from '#design/confirm.tsx'
import { Moment } from '#design/moment.tsx'
import { Card } from '#design/page.tsx'
import { ShownOnce } from '#design/secret.tsx'
import { Problem } from '#shell/problem.tsx'
import styles from './passkeys.module.css'

export function RecoveryCodes({
  recoveryCodes: { left, issuedAt },
}: Pick<MyFactors, 'recoveryCodes'>) {
  const renew = useMutation({
    mutationFn: () => client.call(api.identity.renewRecoveryCodes, { body: {} }),
    onSuccess: factorsChanged,
  })
  return (
    <Card title="Recovery codes">
      <div className={styles.part}>
        <p>
          If all your passkeys are gone, one of these codes lets you create a new one. Print them,
          or write them down, and keep them away from your devices.
        </p>
        {renew.data ? (
          <ShownOnce
            lines={renew.data.codes}
            what="codes"
            advice="Put these ten codes away now. Each works once."
          />
        ) : (
          <>
            <p>
              {issuedAt === undefined ? (
                'You have none.'
              ) : (
                <>
                  {left} left of the set of <Moment at={issuedAt} as="day" />.
                </>
              )}
            </p>
            {issuedAt === undefined ? (
              <Button
                size="xs"
                variant="default"
                loading={renew.isPending}
                onClick={() => renew.mutate()}
              >
                Make recovery codes
              </Button>
            ) : (
              <Confirm
                label="Make new ones"
                of="recovery codes"
                consequence="The codes you have are worthless from then on."
                confirm="Make new codes"
                loading={renew.isPending}
                onConfirm={() => renew.mutate()}
              />
            )}
          </>
        )}
        {renew.error && <Problem error={renew.error} onRetry={() => renew.mutate()} />}
      </div>
    </Card>
  )
}
