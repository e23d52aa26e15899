// What each verdict is called, on a badge and within a sentence. The shapes are in
// `design/verdict.tsx`: word, shape and colour always come together.
import type { Verdict } from '@countersign/contract/decision'

interface VerdictWords {
  /** On a badge. */
  readonly badge: string
  /** After the name of who asked: `Ada asked to open Payroll and …`. */
  readonly outcome: string
  readonly meaning: string
}

export const verdictWords: Readonly<Record<Verdict, VerdictWords>> = {
  allow: {
    badge: 'Allow',
    outcome: 'was allowed',
    meaning: 'A policy permits it, and none forbids it.',
  },
  deny: {
    badge: 'Deny',
    outcome: 'was denied',
    meaning: 'A policy forbids it, or none permits it.',
  },
  'step-up': {
    badge: 'Step-up',
    outcome: 'was asked for a fresh sign-in',
    meaning: 'Denied as it stood; a fresh sign-in with a passkey would have allowed it.',
  },
}

/** What would happen if every policy were enforced, where that differs from what happened. */
export function wouldBeDiffers(
  verdict: Verdict,
  wouldBe: 'allow' | 'deny',
): 'would allow' | 'would deny' | undefined {
  const happened = verdict === 'allow' ? 'allow' : 'deny'
  if (happened === wouldBe) return undefined
  return wouldBe === 'allow' ? 'would allow' : 'would deny'
}
