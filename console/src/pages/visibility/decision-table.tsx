// Decisions in rows, by day; each leads to its page.
import type { DecisionSummary } from '@countersign/contract/decision'
import { IconRobot, IconUser, IconUserQuestion } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { Fragment, memo, useRef } from 'react'
import { useRowKeys } from '#design/row-keys.ts'
import { useGatewayName } from '#api/gateways.ts'
import { Tag } from '#design/tag.tsx'
import { VerdictBadge } from '#design/verdict.tsx'
import { useNow } from '#design/clock.tsx'
import { Moment } from '#design/moment.tsx'
import { dayOf } from '#words/age.ts'
import { nameOf } from '#words/entities.ts'
import { wouldBeDiffers } from '#words/verdicts.ts'
import tables from '#design/table.module.css'
import styles from './decisions.module.css'

export function DecisionTable({ decisions }: { readonly decisions: readonly DecisionSummary[] }) {
  const body = useRef<HTMLTableSectionElement>(null)
  useRowKeys(body)
  const gatewayName = useGatewayName()
  const today = dayOf(useNow())
  return (
    <div className={tables.scroll}>
      <table className={tables.table} aria-label="Decisions">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Verdict</th>
            <th scope="col">Who</th>
            <th scope="col">Application</th>
            <th scope="col">Request</th>
            <th scope="col" className={tables.wideOnly}>
              Gateway
            </th>
          </tr>
        </thead>
        <tbody ref={body}>
          {decisions.map((decision, index) => {
            const day = dayOf(decision.at)
            const before = decisions[index - 1]
            const begins = day !== (before ? dayOf(before.at) : today)
            return (
              <Fragment key={decision.id}>
                {begins && (
                  <tr className={styles.day}>
                    <th scope="colgroup" colSpan={6}>
                      {day}
                    </th>
                  </tr>
                )}
                <Row decision={decision} gateway={gatewayName(decision.gateway)} />
              </Fragment>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

const icons = { Person: IconUser, Workload: IconRobot, Anonymous: IconUserQuestion } as const
type KnownType = keyof typeof icons

interface RowProps {
  readonly decision: DecisionSummary
  /** Its name. */
  readonly gateway: string
}

const Row = memo(({ decision, gateway }: RowProps) => {
  const navigate = useNavigate()
  const { id, at, verdict, principal, resource, method, path } = decision
  const differs = wouldBeDiffers(verdict, decision.wouldBe)
  const Icon = Object.hasOwn(icons, principal.type) ? icons[principal.type as KnownType] : IconUser
  return (
    <tr
      className={styles.row}
      onClick={() =>
        void navigate({ to: '/visibility/decisions/$decision', params: { decision: id } })
      }
    >
      <td>
        <Link
          to="/visibility/decisions/$decision"
          params={{ decision: id }}
          className={styles.link}
          data-row
          onClick={(event) => event.stopPropagation()}
        >
          <Moment at={at} as="clock" />
        </Link>
      </td>
      <td>
        <span className={styles.verdict}>
          <VerdictBadge verdict={verdict} />
          {differs && (
            <Tag title="if every policy were enforced, whatever its stage">{differs}</Tag>
          )}
        </span>
      </td>
      <td>
        <span className={styles.who}>
          <Icon size={15} stroke={1.6} aria-hidden="true" />
          {nameOf(principal, decision.principalName)}
        </span>
      </td>
      <td>{nameOf(resource, decision.resourceName)}</td>
      <td>
        <code className={styles.request} title={`${method} ${path}`}>
          <b>{method}</b> {path}
        </code>
      </td>
      <td className={tables.wideOnly}>
        <span className={styles.gateway}>{gateway}</span>
      </td>
    </tr>
  )
})
