// Which factors count beyond passkeys, and for whom: to read here, and to change at the machine.
import { api } from '@countersign/contract/api'
import type { FactorsPolicy } from '@countersign/contract/factors'
import { useQuery } from '@tanstack/react-query'
import { reading } from '#api/server.client.ts'
import { Definitions } from '#design/definitions.tsx'
import { Card } from '#design/page.tsx'
import { Waiting } from '#design/states.tsx'
import { Tag } from '#design/tag.tsx'
import { References } from '#lists/references.tsx'
import { Problem } from '#shell/problem.tsx'
import { ageInWords } from '#words/age.ts'
import { counted } from '#words/figures.ts'
import styles from './requests.module.css'

export function FactorsInForce() {
  const { data, error, refetch } = useQuery(reading(api.identity.factorsPolicy, {}))
  return (
    <Card title="What counts besides passkeys">
      {error ? (
        <Problem error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Waiting lines={3} />
      ) : (
        <div className={styles.form}>
          <Definitions
            rows={{
              'Hardware keys': <HardwareKeys models={data.hardwareKeys} />,
              'Codes from an app':
                data.otpGroups.length === 0 ? (
                  'For nobody'
                ) : (
                  <References kind="group" ids={data.otpGroups} />
                ),
              'A recovery waits':
                data.recoveryWaitMinutes === 0
                  ? 'Not at all'
                  : ageInWords(data.recoveryWaitMinutes * 60),
            }}
          />
          <p>
            Passkeys always count. Change the rest with <code>countersign identity factors</code>;
            it counts from the next sign-in.
          </p>
        </div>
      )}
    </Card>
  )
}

function HardwareKeys({ models }: { readonly models: FactorsPolicy['hardwareKeys'] }) {
  if (models.length === 0) return <>No model: nothing counts as a hardware key</>
  return (
    <ul className={styles.models}>
      {models.map(({ aaguid, name, roots }) => (
        <li key={aaguid}>
          {name} <code>{aaguid}</code>{' '}
          {roots.length === 0 ? (
            <Tag
              tone="notice"
              title="Without roots whoever forges a certificate can claim to be this model."
            >
              Anyone can claim it
            </Tag>
          ) : (
            <Tag>{counted(roots.length, 'root')}</Tag>
          )}
        </li>
      ))}
    </ul>
  )
}
