// Whether an account is in use. What directories know of it is an interval, so near the line the
// honest answer is that nobody can tell, and never having signed in is a state of its own.
import type { LastUse } from '#model'
import { dayMs, dayText } from './moments.ts'

const dormantAfterMs = 90 * dayMs

type ActivityState = 'active' | 'dormant' | 'cannot-tell' | 'never'

export interface Activity {
  readonly state: ActivityState
  /** The interval and what it rests on, in words. */
  readonly text: string
}

/** The verdict on a last use at a moment. */
export function activityOf(lastUse: LastUse, now: number): Activity {
  switch (lastUse.kind) {
    case 'never':
      return { state: 'never', text: `never (${lastUse.evidence.join(', ')})` }
    case 'unknown':
      return { state: 'cannot-tell', text: lastUse.because }
    case 'between': {
      const { notBefore, notAfter, evidence } = lastUse
      const line = now - dormantAfterMs
      const [from, to] = [dayText(notBefore), dayText(notAfter)]
      const when = from === to ? from : `between ${from} and ${to}`
      return {
        state: notAfter < line ? 'dormant' : notBefore >= line ? 'active' : 'cannot-tell',
        text: `${when} (${evidence.join(', ')})`,
      }
    }
  }
}
