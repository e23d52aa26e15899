// Why the answer was what it was: the policies that determined it, and those that came near.
import { actText, type Remedies } from '@countersign/contract/remedies'
import { PolicyCard } from '#pages/policies/policy-card.tsx'
import { Card } from '#design/page.tsx'
import { VerdictGlyph } from '#design/verdict.tsx'
import { counted } from '#words/figures.ts'
import { NearMisses } from './near-misses.tsx'
import type { Decided } from './decision.tsx'
import styles from './decision.module.css'

export function Why({ decided }: { readonly decided: Decided }) {
  const { record, policies } = decided
  const texts = new Map(policies.map((policy) => [policy.id, policy]))
  const { determining, errors, effect } = record.effective
  const misses = record.explanation.filter(
    ({ policy, outcome }) => outcome !== 'satisfied' && !determining.includes(policy),
  )
  return (
    <>
      <Card
        title="Why"
        aside={determining.length > 0 && counted(determining.length, 'policy', 'policies')}
      >
        <div className={styles.why}>
          <p>{reason(effect, determining.length)}</p>
          {record.verdict === 'step-up' && (
            <p className={styles.remedy}>
              <VerdictGlyph verdict="step-up" />
              With everything else unchanged, a fresh sign-in with a passkey turns this into an
              allow.
            </p>
          )}
          {record.verdict === 'deny' && record.remedies && <WayOut remedies={record.remedies} />}
          {determining.map((id) => {
            const policy = texts.get(id)
            return (
              <PolicyCard
                key={id}
                id={id}
                text={policy?.text}
                annotations={policy?.annotations ?? {}}
              />
            )
          })}
          {errors.map(({ policy, message }) => (
            <p key={policy} className={styles.error}>
              {policy === '' ? (
                'The question could not be asked: '
              ) : (
                <>
                  <code>{policy}</code> was left out, because it failed:{' '}
                </>
              )}
              {message}
            </p>
          ))}
        </div>
      </Card>
      {misses.length > 0 && <NearMisses misses={misses} policies={texts} />}
    </>
  )
}

function WayOut({ remedies: { found, tried, isCutShort } }: { readonly remedies: Remedies }) {
  if (found.length === 0) {
    return (
      <p>
        Nothing the person could change would make it an allow
        {isCutShort ? '; the search ended early.' : `: none within ${tried} changes.`}
      </p>
    )
  }
  return (
    <div>
      <p>{found.length === 1 ? 'This would make it an allow:' : 'Each would make it an allow:'}</p>
      <ul className={styles.ways}>
        {found.map((acts) => {
          const way = acts.map(actText).join(' ')
          return <li key={way}>{way}</li>
        })}
      </ul>
    </div>
  )
}

function reason(effect: 'allow' | 'deny', determining: number): string {
  if (effect === 'allow') return 'Permitted, and nothing forbids it.'
  return determining > 0
    ? 'Forbidden. A policy that forbids outweighs every policy that permits.'
    : 'No policy permits it, and what is not permitted is denied.'
}
