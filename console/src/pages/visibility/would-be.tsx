// What would have happened if every policy were enforced, where that differs.
import type { DecisionRecord } from '@countersign/contract/decision'
import { Card } from '#design/page.tsx'
import styles from './decision.module.css'

export function WouldBe({ record }: { readonly record: DecisionRecord }) {
  const { effect, determining } = record.wouldBe
  return (
    <Card title="If every policy were enforced">
      <p>
        It would be <strong>{effect === 'allow' ? 'allowed' : 'denied'}</strong>
        {determining.length === 0 ? ', because no policy would permit it.' : ', by '}
        {determining.map((id, at) => (
          <span key={id}>
            {at > 0 && ', '}
            <code className={styles.policyId}>{id}</code>
          </span>
        ))}
        {determining.length > 0 && '.'} Policies that only observe, or are piloted with others, did
        not count this time.
      </p>
    </Card>
  )
}
