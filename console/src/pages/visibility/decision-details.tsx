// The particulars of a decision, to read out to someone or to look up elsewhere.
import { actions } from '@countersign/contract/actions'
import type { DecisionRecord } from '@countersign/contract/decision'
import { Link } from '@tanstack/react-router'
import { useGatewayName } from '#api/gateways.ts'
import { Copyable } from '#design/copy.tsx'
import { Definitions } from '#design/definitions.tsx'
import { Card } from '#design/page.tsx'
import { kindOf } from '#words/entities.ts'
import { addressOf, requestText } from '#words/facts.ts'
import { figure, tookInWords } from '#words/figures.ts'
import styles from './decision.module.css'

export function DecisionDetails({ record }: { readonly record: DecisionRecord }) {
  const { id, principal, action, resource, context, session, gateway, release, sequence, tookNs } =
    record
  const gatewayName = useGatewayName()
  const meaning = Object.entries(actions).find(([name]) => name === action)?.[1].meaning
  return (
    <aside className={styles.aside} aria-label="Particulars">
      <Card title="Request">
        <Definitions
          rows={{
            Who: `${kindOf(principal)} ${principal.type === 'Anonymous' ? '' : principal.id}`,
            Action: <span title={meaning}>{action}</span>,
            To: `${kindOf(resource)} ${resource.id}`,
            Method: requestText(context, 'method'),
            Path: mono(requestText(context, 'path')),
            Host: mono(requestText(context, 'host')),
            Protocol: requestText(context, 'protocol'),
            Address: mono(addressOf(context)),
            Session: mono(session),
          }}
        />
      </Card>
      <Card title="Record">
        <Definitions
          rows={{
            Decision: <Copyable value={id} what="decision id" />,
            Gateway: <span title={gateway}>{gatewayName(gateway)}</span>,
            Release: mono(release),
            'Feed position': figure(sequence),
            'Decided in': tookInWords(tookNs),
          }}
        />
      </Card>
      <Card title="More">
        <ul className={styles.more}>
          {principal.type !== 'Anonymous' && (
            <li>
              <Link to="/visibility/decisions" search={{ principal: principal.id }}>
                Decisions about {record.principalName ?? principal.id}
              </Link>
            </li>
          )}
          <li>
            <Link to="/visibility/decisions" search={{ application: resource.id }}>
              Decisions at {record.resourceName ?? resource.id}
            </Link>
          </li>
        </ul>
      </Card>
    </aside>
  )
}

function mono(text: string | undefined) {
  return text === undefined ? undefined : <code>{text}</code>
}
