// The facts known about a device: as a row of signs in a list, as a table at its side.
import type { Device } from '@countersign/contract/documents'
import { deviceFactNames, deviceFacts, isCurrent } from '@countersign/contract/facts'
import { VisuallyHidden } from '@mantine/core'
import { IconCheck, IconHelp, IconX } from '@tabler/icons-react'
import { useNow } from '#design/clock.tsx'
import { ProvenanceBadge } from '#design/provenance.tsx'
import { ageInBrief, ageInWords } from '#words/age.ts'
import { deviceFactLabels } from '#words/facts.ts'
import { provenanceWords } from '#words/provenance.ts'
import styles from './device-facts.module.css'

type Facts = Device['facts']
type FactName = (typeof deviceFactNames)[number]
type Standing = 'holds' | 'fails' | 'stale' | 'unknown'

const signs = {
  holds: { icon: IconCheck, says: 'yes', style: styles.holds },
  fails: { icon: IconX, says: 'no', style: styles.fails },
  stale: { icon: IconHelp, says: 'too old to count', style: styles.absent },
  unknown: { icon: IconHelp, says: 'not known', style: styles.absent },
} as const

function standing(facts: Facts, name: FactName, now: number): Standing {
  const fact = facts[name]
  if (!fact) return 'unknown'
  if (!isCurrent(fact.observedAt, now, deviceFacts[name].maxAgeMs)) return 'stale'
  return fact.value ? 'holds' : 'fails'
}

interface FactCellProps {
  readonly facts: Facts
  readonly name: FactName
}

/** One fact in a list: its sign and its age; the rest one hover away. */
export function FactCell({ facts, name }: FactCellProps) {
  const now = useNow()
  const { icon: Icon, says, style } = signs[standing(facts, name, now)]
  const fact = facts[name]
  const ageSeconds = fact && (now - fact.observedAt) / 1000
  const label = [
    says,
    ...(fact ? [`${ageInWords(ageSeconds ?? 0)} old`, provenanceWords[fact.provenance].badge] : []),
  ].join(', ')
  return (
    <span className={`${styles.sign} ${style}`} title={`${deviceFactLabels[name]}: ${label}`}>
      <Icon size={13} stroke={2.4} aria-hidden="true" />
      {ageSeconds !== undefined && <span aria-hidden="true">{ageInBrief(ageSeconds)}</span>}
      <VisuallyHidden>{label}</VisuallyHidden>
    </span>
  )
}

export function DeviceFactTable({ facts }: { readonly facts: Facts }) {
  const now = useNow()
  return (
    <table className={styles.table} aria-label="Facts about the device">
      <thead>
        <tr>
          <th scope="col">Fact</th>
          <th scope="col">Value</th>
          <th scope="col">Age</th>
          <th scope="col">Known how</th>
        </tr>
      </thead>
      <tbody>
        {deviceFactNames.map((name) => {
          const fact = facts[name]
          const { icon: Icon, says, style } = signs[standing(facts, name, now)]
          return (
            <tr key={name}>
              <th scope="row" title={deviceFacts[name].meaning}>
                {deviceFactLabels[name]}
              </th>
              <td>
                <span className={`${styles.value} ${style}`}>
                  <Icon size={14} stroke={2.2} aria-hidden="true" />
                  {says}
                </span>
              </td>
              <td>{fact ? ageInBrief((now - fact.observedAt) / 1000) : '–'}</td>
              <td>{fact ? <ProvenanceBadge provenance={fact.provenance} /> : '–'}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
