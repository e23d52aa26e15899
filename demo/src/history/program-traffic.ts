// Programs call at their hours, day and night, and strangers knock at every door.
import type { Workload } from '@countersign/contract/documents'
import { applicationRows } from '#organisation/applications'
import type { ProgramGroup } from '#organisation/groups'
import { dayMs } from '#organisation/people'
import type { Random } from '#organisation/random'
import { strangerPaths } from './places.ts'
import { decideVisit, type Recorder } from './visit.ts'

/** A program that calls something every so often, in milliseconds. */
export interface Caller {
  readonly workload: Workload
  readonly application: string
  readonly method: string
  readonly path: string
  readonly everyMs: number
  readonly address: string
}

const hourMs = 3_600_000
const strangersPerDay = 14

/** Which interface each group of programs calls, how, how often, and how many of them do. */
const calls: Readonly<
  Record<
    ProgramGroup,
    {
      readonly application: string
      readonly method: string
      readonly path: string
      readonly everyMs: number
      readonly callers: number
    }
  >
> = {
  'laboratory-interfaces': {
    application: 'lab-results',
    method: 'GET',
    path: '/results',
    everyMs: 3 * hourMs,
    callers: 22,
  },
  'exchange-interfaces': {
    application: 'exchange',
    method: 'POST',
    path: '/records',
    everyMs: 4 * hourMs,
    callers: 16,
  },
  'messaging-interfaces': {
    application: 'messages',
    method: 'POST',
    path: '/letters',
    everyMs: 6 * hourMs,
    callers: 14,
  },
  'bedside-monitors': {
    application: 'telemetry',
    method: 'POST',
    path: '/readings',
    everyMs: 4 * hourMs,
    callers: 36,
  },
}

/** The programs that called during the recording: few of those that could. */
export function choosePrograms(random: Random, workloads: readonly Workload[]): Caller[] {
  const active = workloads.filter((it) => it.active)
  return (Object.keys(calls) as ProgramGroup[]).flatMap((group) => {
    const { callers, ...call } = calls[group]
    return random
      .sample(
        active.filter(({ groups }) => groups.includes(group)),
        callers,
      )
      .map((workload) => ({
        ...call,
        workload,
        // An API key belongs to something outside that calls once or twice a day.
        everyMs: workload.class === 'api-key' ? 4 * call.everyMs : call.everyMs,
        address: `10.${random.between(60, 79)}.${random.between(0, 15)}.${random.between(2, 250)}`,
      }))
  })
}

/** Decides every call of one program on one day. */
export function callAllDay(recorder: Recorder, caller: Caller, midnight: number): void {
  const { random } = recorder
  const { workload, application, method, path, everyMs, address } = caller
  const first = midnight + random.between(0, Math.floor(everyMs * 0.9))
  for (let at = first; at < midnight + dayMs; at += everyMs) {
    // Now and then a program is changed and asks for what it was not registered for.
    const strays = random.chance(0.006)
    decideVisit(recorder, {
      at: at + random.between(0, 20_000),
      subject: { kind: 'workload', id: workload.id },
      application,
      ask: { method: strays ? 'DELETE' : method, path, protocol: 'http' },
      address,
    })
  }
}

/** Decides what strangers from the internet try on one day. */
export function strangersKnock(recorder: Recorder, midnight: number): void {
  const { random } = recorder
  for (let count = 0; count < strangersPerDay; count++) {
    decideVisit(recorder, {
      at: midnight + Math.floor(random.fraction() * dayMs),
      subject: { kind: 'anonymous' },
      application: random.pick(applicationRows).id,
      ask: { method: 'GET', path: random.pick(strangerPaths), protocol: 'http' },
      address: `192.0.2.${random.between(1, 254)}`,
    })
  }
}
