// One decision with everything it rested on: what happened in a sentence, why, and the facts.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { useDocumentTitle } from '@mantine/hooks'
import { IconChevronLeft } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { reading } from '#api/server.client.ts'
import { Moment } from '#design/moment.tsx'
import { Card, Page } from '#design/page.tsx'
import { Waiting } from '#design/states.tsx'
import { VerdictBadge } from '#design/verdict.tsx'
import { Reference } from '#lists/references.tsx'
import { Problem } from '#shell/problem.tsx'
import { decisionSentence, sentenceText } from '#words/decision.ts'
import { factsOf, requestLine } from '#words/facts.ts'
import { wouldBeDiffers } from '#words/verdicts.ts'
import { DecisionDetails } from './decision-details.tsx'
import { FactsUsed } from './facts-used.tsx'
import { Why } from './why.tsx'
import { WouldBe } from './would-be.tsx'
import styles from './decision.module.css'

export type Decided = RouteResult<typeof api.visibility.decision>

export function DecisionPage() {
  const { decision } = useParams({ from: '/shell/visibility/decisions/$decision' })
  const read = useQuery({
    ...reading(api.visibility.decision, { params: { decision } }),
    // A decision never changes.
    staleTime: Infinity,
  })
  if (read.data) return <Told decided={read.data} />
  return (
    <Page title="Decision">
      {read.error ? (
        <Problem error={read.error} onRetry={() => void read.refetch()} />
      ) : (
        <Waiting lines={10} />
      )}
    </Page>
  )
}

function Told({ decided }: { readonly decided: Decided }) {
  const { record, policies } = decided
  useDocumentTitle(`${sentenceText(record)} · Countersign`)
  const facts = factsOf(record.context, record.principal.type)
  return (
    <div className={styles.page}>
      <Link to="/visibility/decisions" className={styles.back}>
        <IconChevronLeft size={15} aria-hidden="true" />
        Decisions
      </Link>
      <header className={styles.header}>
        <div className={styles.verdict}>
          <VerdictBadge verdict={record.verdict} />
          <span>
            <Moment at={record.at} as="moment" />, <Moment at={record.at} />
          </span>
        </div>
        <h1>
          <Sentence decided={decided} />
        </h1>
        <p>
          <code>{requestLine(record.context)}</code>
        </p>
      </header>
      <div className={styles.columns}>
        <div className={styles.main}>
          <Why decided={decided} />
          {wouldBeDiffers(record.verdict, record.wouldBe.effect) && <WouldBe record={record} />}
          <FactsUsed groups={facts} texts={policies.map(({ text }) => text)} />
          <Card title="The whole record">
            <details className={styles.raw}>
              <summary>Show as JSON</summary>
              {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
              <section tabIndex={0} aria-label="Record as JSON">
                <pre>{JSON.stringify(record, null, 2)}</pre>
              </section>
            </details>
          </Card>
        </div>
        <DecisionDetails record={record} />
      </div>
    </div>
  )
}

function Sentence({ decided: { record } }: { readonly decided: Decided }) {
  return decisionSentence(record).map(({ kind, text }) => {
    switch (kind) {
      case 'principal':
        return record.principal.type === 'Anonymous' ? (
          <strong key={kind}>{text}</strong>
        ) : (
          <Reference
            key={kind}
            kind={record.principal.type === 'Workload' ? 'workload' : 'person'}
            id={record.principal.id}
            name={text}
          />
        )
      case 'resource':
        return <Reference key={kind} kind="application" id={record.resource.id} name={text} />
      case 'outcome':
        return (
          <strong key={kind} data-verdict={record.verdict}>
            {text}
          </strong>
        )
      case 'text':
        return text
    }
  })
}
