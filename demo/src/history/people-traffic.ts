// A shift of one person: the sign-in, the applications of the job, the wrong turns, and what they
// do when they are refused.
import { demandOf } from '@countersign/contract/cadence'
import type { DecisionRecord } from '@countersign/contract/decision'
import type { Authentication, Session } from '@countersign/contract/documents'
import { isPresent } from '@countersign/contract/estate'
import { newId } from '@countersign/contract/ids'
import type { Subject } from '@countersign/contract/request'
import type { Account } from '#directory/directory'
import { applicationRows } from '#organisation/applications'
import { deviceAt, type DeviceProfile } from '#organisation/devices'
import type { Member } from '#organisation/people'
import type { Random } from '#organisation/random'
import { roles } from '#organisation/roles'
import { askFor } from './places.ts'
import { type Shift, shiftOn } from './rhythm.ts'
import { breakIn, endUnused, recordEnd, recordSignIn } from './sign-ins.ts'
import { decideVisit, type Recorder } from './visit.ts'

/** A person with what they work with. */
export interface Worker {
  readonly member: Member
  readonly turn: number
  /** Their own devices, or the terminals they usually pass. */
  readonly devices: readonly DeviceProfile[]
  readonly method: Authentication['method']
}

const minuteMs = 60_000
const sessionMs = 12 * 60 * minuteMs
const wanderShare = 0.025
const unknownDeviceShare = 0.02
const anonymousFirstShare = 0.15
const requestsPerShift = 3.4

/** How someone signs in, from what they have enrolled. */
export function methodOf(account: Account | undefined): Authentication['method'] {
  const active = account?.methods.find(({ state }) => state === 'active')
  if (active === undefined) return 'password'
  return active.kind === 'passkey' ? 'passkey' : 'otp'
}

/** Decides everything one person asks for in the shift that begins on this day. */
export function workShift(recorder: Recorder, worker: Worker, midnight: number): void {
  const { random } = recorder
  const { member, turn } = worker
  const shift = shiftOn(random, member.role, turn, midnight)
  if (shift === undefined || !worksAt(member, shift.from)) return
  const session = signIn(random, worker, shift)
  let profile = random.chance(unknownDeviceShare) ? undefined : random.pick(worker.devices)
  const address = addressOf(random, member)
  const subjectAt = (at: number, current: Session): Subject => ({
    kind: 'person',
    session: profile === undefined ? current : { ...current, device: profile.device.id },
    device: profile === undefined ? undefined : deviceAt(profile, at),
  })
  let current = session
  recordSignIn(recorder, 'started', current, shift.from)
  let pause = breakIn(recorder, member.person.id, shift)
  let isOver = false
  for (const [place, at] of momentsOf(random, shift).entries()) {
    if (!worksAt(member, at)) break
    if (pause !== undefined && at > pause.endsAt) {
      // Nobody used it in the break; whoever comes back signs in once more.
      endUnused(recorder, current, pause.endsAt)
      current = begunAgain(
        random.stream(`again/${current.id}`),
        current,
        Math.min(pause.backAt, at),
      )
      recordSignIn(recorder, 'started', current, current.startedAt)
      pause = undefined
    }
    const application = chooseApplication(random, member)
    const ask = askFor(random, application)
    if (place === 0 && random.chance(anonymousFirstShare)) {
      const subject: Subject = { kind: 'anonymous' }
      decideVisit(recorder, {
        at: at - random.between(9_000, 50_000),
        subject,
        application,
        ask,
        address,
      })
    }
    const visit = { at, subject: subjectAt(at, current), application, ask, address }
    const record = decideVisit(recorder, visit)
    if (record === undefined) {
      isOver = true
      break
    }
    if (wouldHelp(record, worker.method) && random.chance(0.85)) {
      const again = at + random.between(8_000, 40_000)
      current = strengthened(current, again)
      recordSignIn(recorder, 'strengthened', current, again)
      decideVisit(recorder, {
        ...visit,
        at: again + 1_500,
        subject: subjectAt(again + 1_500, current),
      })
    } else if (record.verdict === 'deny' && random.chance(0.35)) {
      // The next terminal stands a few steps away.
      profile = random.pick(worker.devices)
      const retry = at + random.between(15_000, 180_000)
      decideVisit(recorder, { ...visit, at: retry, subject: subjectAt(retry, current) })
    }
  }
  if (!isOver)
    recordEnd(recorder, current, Math.max(shift.to, current.authentication.observedAt + 1))
}

// A passkey answers any question for a fresh sign-in; anything else only one about age.
function wouldHelp(
  { verdict, effective }: DecisionRecord,
  method: Authentication['method'],
): boolean {
  if (verdict !== 'step-up') return false
  return (
    method === 'passkey' ||
    effective.determining.every((policy) => demandOf(policy)?.what === 'recent')
  )
}

// Whoever moved lately is only recorded in the new role, for groups have no dates.
function worksAt({ person, move }: Member, at: number): boolean {
  return isPresent(person, at) && (move === undefined || move.at <= at)
}

function signIn(random: Random, { member, method }: Worker, shift: Shift): Session {
  const startedAt = shift.from
  return {
    id: newId('session', { now: () => startedAt, randomBytes: (count) => random.bytes(count) }),
    person: member.person.id,
    startedAt,
    endsAt: startedAt + sessionMs,
    authentication: {
      method,
      phishingResistant: method === 'passkey',
      observedAt: startedAt,
      provenance: method === 'passkey' ? 'attested' : 'reported',
    },
  }
}

/** The session of someone who signs in again after a break. */
function begunAgain(random: Random, before: Session, startedAt: number): Session {
  return {
    ...before,
    id: newId('session', { now: () => startedAt, randomBytes: (count) => random.bytes(count) }),
    startedAt,
    endsAt: startedAt + sessionMs,
    authentication: { ...before.authentication, observedAt: startedAt },
  }
}

/** The session after its owner proved again who they are. */
function strengthened(session: Session, observedAt: number): Session {
  return { ...session, authentication: { ...session.authentication, observedAt } }
}

function momentsOf(random: Random, { from, to, intensity }: Shift): number[] {
  const count = Math.max(
    1,
    Math.round(requestsPerShift * intensity * (0.4 + 1.2 * random.fraction())),
  )
  const length = to - from - 2 * minuteMs
  return Array.from({ length: count }, (_, place) =>
    // The first request follows the sign-in; the rest spread over the shift.
    place === 0
      ? from + random.between(2_000, 4 * minuteMs)
      : from + minuteMs + Math.floor(random.fraction() * length),
  ).sort((left, right) => left - right)
}

function chooseApplication(random: Random, { role }: Member): string {
  if (random.chance(wanderShare)) return random.pick(applicationRows).id
  return random.weighted(Object.entries(roles[role].uses))
}

function addressOf(random: Random, { person, role }: Member): string {
  const outside = person.class === 'partner' || (roles[role].ownDevice && random.chance(0.18))
  return outside
    ? `${random.pick(['198.51.100', '203.0.113'])}.${random.between(1, 254)}`
    : `10.${random.between(20, 47)}.${random.between(0, 31)}.${random.between(2, 250)}`
}
