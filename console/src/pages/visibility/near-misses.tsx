// Policies that would have mattered but for one condition, with what was seen instead.
import { CedarText } from '#design/cedar.tsx'
import { Card } from '#design/page.tsx'
import type { NearMiss } from '@countersign/contract/decision'
import { observedText } from '#words/observed.ts'
import { titleOf } from '#words/policy.ts'
import type { Decided } from './decision.tsx'
import styles from './decision.module.css'

interface NearMissesProps {
  readonly misses: readonly NearMiss[]
  readonly policies: ReadonlyMap<string, Decided['policies'][number]>
}

export function NearMisses({ misses, policies }: NearMissesProps) {
  return (
    <Card title="What came near" aside="the first condition that did not hold, and what was seen">
      <ul className={styles.misses}>
        {misses.map((miss) => (
          <li key={miss.policy}>
            <p>
              <PolicyName
                id={miss.policy}
                title={titleOf(policies.get(miss.policy)?.annotations ?? {})}
              />{' '}
              {explained(miss)}
            </p>
            {miss.condition !== undefined && (
              <CedarText text={miss.condition} label={`Condition of ${miss.policy}`} />
            )}
            {miss.observed.length > 0 && (
              <dl className={styles.observed}>
                {miss.observed.map(({ path, value }) => (
                  <div key={path}>
                    <dt>
                      <code>{path}</code>
                    </dt>
                    <dd>
                      <code>{observedText(value)}</code>
                    </dd>
                  </div>
                ))}
              </dl>
            )}
          </li>
        ))}
      </ul>
    </Card>
  )
}

function PolicyName({ id, title }: { readonly id: string; readonly title: string | undefined }) {
  return title === undefined ? (
    <code className={styles.policyId}>{id}</code>
  ) : (
    <strong title={id}>“{title}”</strong>
  )
}

function explained({ effect, outcome }: NearMiss): string {
  const would = effect === 'permit' ? 'would permit it' : 'would forbid it'
  switch (outcome) {
    case 'failed':
    case 'not-applicable':
      return `${would}, but this did not hold:`
    case 'errored':
      return `could not be evaluated, so it does not count:`
    case 'satisfied':
      return effect === 'permit' ? 'permits it.' : 'forbids it.'
  }
}
