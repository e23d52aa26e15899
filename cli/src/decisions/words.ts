// How decisions read: who, what, and the verdict.
import { entityText } from '@countersign/contract/entities'
import type { DecisionSummary, Verdict } from '@countersign/contract/decision'
import { printable, type Tone } from '#paint'

export const verdictTones = {
  allow: 'good',
  deny: 'bad',
  'step-up': 'careful',
} as const satisfies Record<Verdict, Tone>

type Named = Pick<DecisionSummary, 'principal' | 'principalName' | 'resource' | 'resourceName'>

/** `Ada Lovelace`, as far as the name is known. */
export function whoText({ principal, principalName }: Named): string {
  if (principal.type === 'Anonymous') return 'someone not signed in'
  return printable(principalName ?? entityText(principal))
}

/** `Payroll`, as far as the name is known. */
export function whatText({ resource, resourceName }: Named): string {
  return printable(resourceName ?? entityText(resource))
}

const verbs: Readonly<Record<string, string>> = {
  access: 'access',
  invoke: 'call',
  connect: 'connect to',
}

/** `Ada Lovelace may not access Payroll.` */
export function sentenceOf(
  decision: Named & { readonly action: string; readonly verdict: Verdict },
): string {
  const { action, verdict } = decision
  const verb = verbs[action] ?? `do \`${printable(action)}\` on`
  const may = verdict === 'deny' ? 'may not' : 'may'
  const condition = verdict === 'step-up' ? ', after a fresh sign-in' : ''
  const text = `${whoText(decision)} ${may} ${verb} ${whatText(decision)}${condition}.`
  return text.charAt(0).toUpperCase() + text.slice(1)
}
