// The facts as they were at that moment: value, age, how each is known, and for how long one counts.
import { VisuallyHidden } from '@mantine/core'
import { IconCheck, IconEye, IconX } from '@tabler/icons-react'
import { Fragment } from 'react'
import { Card } from '#design/page.tsx'
import { ProvenanceBadge } from '#design/provenance.tsx'
import { Reference } from '#lists/references.tsx'
import { ageInWords } from '#words/age.ts'
import { type FactGroup, type FactRow, isReadBy } from '#words/facts.ts'
import tables from '#design/table.module.css'
import styles from './decision.module.css'

interface FactsUsedProps {
  readonly groups: readonly FactGroup[]
  /** Texts of the policies named in the decision. */
  readonly texts: readonly string[]
}

export function FactsUsed({ groups, texts }: FactsUsedProps) {
  return (
    <Card
      flush
      title="Facts at that moment"
      aside={
        <span className={styles.read}>
          <IconEye size={14} aria-hidden="true" /> read by a policy named here
        </span>
      }
    >
      <div className={tables.scroll}>
        <table className={`${tables.table} ${styles.facts}`} aria-label="Facts at that moment">
          <thead>
            <tr>
              <th scope="col">Fact</th>
              <th scope="col">Value</th>
              <th scope="col">Age</th>
              <th scope="col">Known how</th>
              <th scope="col">Counts for</th>
            </tr>
          </thead>
          <tbody>
            {groups.map(({ title, device, facts }) => (
              <Fragment key={title}>
                <tr className={styles.group}>
                  <th scope="colgroup" colSpan={5}>
                    {title} {device !== undefined && <Reference kind="device" id={device} />}
                  </th>
                </tr>
                {facts.map((fact) => (
                  <Row key={fact.path} fact={fact} read={isReadBy(fact, texts)} />
                ))}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}

function Row({ fact, read }: { readonly fact: FactRow; readonly read: boolean }) {
  const { label, meaning, value, holds, ageSeconds, provenance, maxAgeMs } = fact
  return (
    <tr>
      <th scope="row" title={meaning}>
        <span className={styles.fact}>
          {label}
          {read && (
            <>
              <IconEye size={14} className={styles.eye} aria-hidden="true" />
              <VisuallyHidden>, read by a policy named here</VisuallyHidden>
            </>
          )}
        </span>
      </th>
      <td>
        {value === undefined ? (
          <span className={styles.absent}>absent</span>
        ) : (
          <span className={styles.fact} data-holds={holds}>
            {holds === true && <IconCheck size={14} stroke={2.2} aria-hidden="true" />}
            {holds === false && <IconX size={14} stroke={2.2} aria-hidden="true" />}
            {value}
          </span>
        )}
      </td>
      <td>{ageSeconds === undefined ? '–' : ageInWords(ageSeconds)}</td>
      <td>{provenance === undefined ? '–' : <ProvenanceBadge provenance={provenance} />}</td>
      <td>{maxAgeMs === undefined ? '–' : ageInWords(maxAgeMs / 1000)}</td>
    </tr>
  )
}
