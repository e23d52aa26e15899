// The sign-ins behind the recorded decisions: each session that decided something began with one,
// and ended somehow. They are recorded in the form in which the server counts its own.
import type { Session, SessionEnding } from '@countersign/contract/documents'
import type { SignInRecord } from '@countersign/contract/sign-in-record'
import type { Recorder } from './visit.ts'

const minuteMs = 60_000
/** A shift with a break in which the session ended, and how long that break is at most. */
const idleShare = 0.09
const breakMaxMs = 45 * minuteMs
const signsOutShare = 0.6

/** Records that something happened to a session, unless that lies outside the recording. */
export function recordSignIn(
  { until, signedIn }: Pick<Recorder, 'until' | 'signedIn'>,
  event: SignInRecord['event'],
  session: Session,
  at: number,
): void {
  if (at >= until) return
  signedIn({ id: `${session.id}.${event}.${at}`, at, event, session })
}

/** When the session of a shift ends for want of use; undefined in most shifts. */
export function breakIn(
  { random }: Pick<Recorder, 'random'>,
  person: string,
  { from, to }: { readonly from: number; readonly to: number },
): { readonly endsAt: number; readonly backAt: number } | undefined {
  const chance = random.stream(`break/${person}`)
  if (!chance.chance(idleShare) || to - from < 5 * 60 * minuteMs) return undefined
  const endsAt = from + chance.between(150 * minuteMs, 240 * minuteMs)
  return { endsAt, backAt: endsAt + chance.between(minuteMs, breakMaxMs) }
}

/** Records how the session of a shift ended: by its owner, or by itself. */
export function recordEnd(recorder: Recorder, session: Session, to: number): void {
  const chance = recorder.random.stream(`end/${session.id}`)
  if (chance.chance(signsOutShare)) recordSignIn(recorder, 'ended', session, to)
  else endUnused(recorder, session, Math.min(session.endsAt, to + 60 * minuteMs))
}

/** Records that a session ended because nobody used it. */
export function endUnused(recorder: Recorder, session: Session, at: number): void {
  const ending: SessionEnding = { why: 'idle' }
  recordSignIn(recorder, 'ended', { ...session, ending }, at)
}
