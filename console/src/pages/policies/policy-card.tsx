// A policy: what it does, what its author says about it, and its text.
import { CedarText } from '#design/cedar.tsx'
import { Tag } from '#design/tag.tsx'
import type { Release } from '@countersign/contract/documents'
import { bodyOf, descriptionOf, effectOf, stageWords, titleOf } from '#words/policy.ts'
import styles from './policy-card.module.css'

interface PolicyCardProps {
  readonly id: string
  /** Undefined where the release no longer holds it. */
  readonly text: string | undefined
  readonly annotations: Readonly<Record<string, string>>
  /** Known where the policy comes from a release. */
  readonly stage?: Release['policies'][number]['stage']
}

/** Annotations that are shown in another way. */
const told = new Set(['id', 'stage', 'title'])

const effects = {
  permit: <Tag tone="good">Permits</Tag>,
  forbid: <Tag tone="bad">Forbids</Tag>,
} as const

export function PolicyCard({ id, text, annotations, stage }: PolicyCardProps) {
  const title = titleOf(annotations)
  const description = descriptionOf(annotations)
  const effect = text === undefined ? undefined : effectOf(text)
  const others = Object.entries(annotations).filter(
    ([name, value]) => !told.has(name) && value !== description,
  )
  return (
    <article className={styles.policy} aria-label={`Policy ${id}`}>
      <header>
        {effect && effects[effect]}
        {title === undefined ? <code>{id}</code> : <strong>{title}</strong>}
        {stage && (
          <Tag
            tone={stage.kind === 'enforce' ? 'plain' : 'notice'}
            title={stageWords[stage.kind].meaning}
          >
            {stageWords[stage.kind].badge}
          </Tag>
        )}
      </header>
      {description !== undefined && <p>{description}</p>}
      {text === undefined ? (
        <p className={styles.quiet}>Its text is not on record.</p>
      ) : (
        <CedarText text={bodyOf(text)} label={`Text of ${id}`} />
      )}
      <dl className={styles.notes}>
        {[['id', id] as const, ...others].map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{name === 'id' ? <code>{value}</code> : value}</dd>
          </div>
        ))}
      </dl>
    </article>
  )
}
