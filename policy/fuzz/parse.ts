// Policies from Cedar text, for tests of this package, which has no parser of its own.
import { spanAt } from '../src/lexer.ts'
import type { EstPolicy, PolicySyntax, Stage } from '../src/syntax.ts'
import { official } from './official.ts'

/** One policy for each text; the key is its id. */
export function policiesFrom(
  texts: Readonly<Record<string, string>>,
  stage: Stage = { kind: 'enforce' },
): PolicySyntax[] {
  return Object.entries(texts).map(([id, text]) => {
    const answer = official((cedar) => cedar.policyToJson(text))
    if (answer.type !== 'success') throw new Error(`${text}: ${answer.errors[0]?.message}`)
    const est = answer.json as EstPolicy
    return { id, text, annotations: {}, est, span: spanAt(text, 0, text.length), stage }
  })
}
