// What the sign-in page says to someone who came back from their provider and was not let in.
import { type ProblemCode, problems } from '@countersign/contract/problems'
import { Copyable } from '#design/copy.tsx'
import { Prose } from '#design/prose.tsx'
import { sentence } from '#words/figures.ts'
import styles from './signin.module.css'

interface CameBackWith {
  readonly problem: string
  /** What someone unknown names to whoever they ask. */
  readonly reference: string | undefined
  /** The id under which operators find it. */
  readonly request: string | undefined
}

interface CameBackProps extends CameBackWith {
  /** Whom to ask, where the provider names someone. */
  readonly contact: string | undefined
}

export function CameBack({ problem, reference, request, contact }: CameBackProps) {
  const { title, remedy } = problems[isCode(problem) ? problem : 'signin.failed']
  return (
    <div className={styles.alarm} role="alert">
      <strong>{sentence(title)}.</strong> <Prose text={`${sentence(remedy)}.`} />
      {contact !== undefined && <p>Whom to ask: {contact}</p>}
      {reference !== undefined && (
        <p>
          Your reference: <Copyable value={reference} what="reference" />
        </p>
      )}
      {reference === undefined && request !== undefined && (
        <p>
          Request <Copyable value={request} what="request id" />
        </p>
      )}
    </div>
  )
}

// What stands in an address can be anything; the catalogue decides what is shown.
function isCode(text: string): text is ProblemCode {
  return Object.hasOwn(problems, text)
}
