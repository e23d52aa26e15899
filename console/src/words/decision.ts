// A decision as one sentence: who asked to do what, to what, and what the answer was.
import { actions } from '@countersign/contract/actions'
import type { DecisionSummary } from '@countersign/contract/decision'
import { nameOf } from './entities.ts'
import { verdictWords } from './verdicts.ts'

/** A piece of the sentence; `principal`, `resource` and `outcome` are set in bold or linked. */
export interface SentencePart {
  readonly kind: 'text' | 'principal' | 'resource' | 'outcome'
  readonly text: string
}

type Told = Pick<
  DecisionSummary,
  'principal' | 'principalName' | 'action' | 'resource' | 'resourceName' | 'verdict'
>

/** What the actions on applications are called between a name and an application. */
const asking: Readonly<Record<string, string>> = {
  access: ' asked to open ',
  invoke: ' asked to call ',
  connect: ' asked to connect to ',
}

/** The sentence in pieces; joined they read as plain text. */
export function decisionSentence(told: Told): readonly SentencePart[] {
  const outcome: SentencePart = { kind: 'outcome', text: verdictWords[told.verdict].outcome }
  return [
    { kind: 'principal', text: nameOf(told.principal, told.principalName) },
    { kind: 'text', text: asking[told.action] ?? administrative(told.action) },
    { kind: 'resource', text: nameOf(told.resource, told.resourceName) },
    { kind: 'text', text: ' and ' },
    outcome,
    { kind: 'text', text: '.' },
  ]
}

/** The same sentence as plain text. */
export const sentenceText = (told: Told): string =>
  decisionSentence(told)
    .map(({ text }) => text)
    .join('')

function administrative(action: string): string {
  const meaning = Object.entries(actions).find(([name]) => name === action)?.[1].meaning
  return meaning === undefined ? ` asked for \`${action}\` at ` : ` asked to ${meaning} at `
}
