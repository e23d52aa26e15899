// Four weeks of recorded decisions. Who asks for what is invented; every answer is given by the
// real engine, with the release that is in force and the facts as they were at that moment. So
// deciding any record again with the same release gives the same verdict.
import type { DecisionRecord } from '@countersign/contract/decision'
import type { Release } from '@countersign/contract/documents'
import { Estate } from '@countersign/contract/estate'
import type { SignInRecord } from '@countersign/contract/sign-in-record'
import type { DeviceProfile } from '#organisation/devices'
import type { Organisation } from '#organisation/organisation'
import { dayMs, type Member, startOfDay } from '#organisation/people'
import { type Random, randomFrom } from '#organisation/random'
import { roles } from '#organisation/roles'
import { methodOf, type Worker, workShift } from './people-traffic.ts'
import { callAllDay, choosePrograms, strangersKnock } from './program-traffic.ts'
import type { Recorder } from './visit.ts'

/** How far back the recording goes. */
const historyDays = 28
/** The enforcement point that recorded it: a gateway that was replaced since. */
export const formerGateway = 'gw_01j0000000ret1red0gateway0'

export interface HistoryOptions {
  readonly organisation: Organisation
  readonly release: Release
  /** The journal position the records name. */
  readonly sequence: number
  /** How many days before the organisation's moment; four weeks unless said. */
  readonly days?: number
}

/** What was recorded on a day. */
export interface Day {
  /** Oldest first. */
  readonly decisions: readonly DecisionRecord[]
  /** What happened to sessions that began on it. */
  readonly signIns: readonly SignInRecord[]
}

/** The days before the organisation's moment, oldest first. */
export function* historyByDay({
  organisation,
  release,
  sequence,
  days = historyDays,
}: HistoryOptions): Generator<Day, void> {
  const { documents, now, seed } = organisation
  const estate = Estate.from({
    sequence,
    at: now,
    documents: [...documents, { kind: 'release', document: release }],
  })
  const random = randomFrom(`${seed}/history`)
  const workers = workersOf(random.stream('workers'), organisation)
  const programs = choosePrograms(random.stream('programs'), [...estate.all('workload')])
  // What happens after midnight belongs to the next day's records.
  let waiting: DecisionRecord[] = []
  const first = startOfDay(now) - days * dayMs
  for (let midnight = first; midnight < now; midnight += dayMs) {
    const signIns: SignInRecord[] = []
    const recorder: Recorder = {
      estate,
      gateway: formerGateway,
      random: random.stream(String(midnight)),
      until: now,
      keep: (record) => waiting.push(record),
      signedIn: (record) => signIns.push(record),
    }
    for (const worker of workers) workShift(recorder, worker, midnight)
    for (const program of programs) callAllDay(recorder, program, midnight)
    strangersKnock(recorder, midnight)
    const end = midnight + dayMs >= now ? Infinity : midnight + dayMs
    yield { decisions: inOrder(waiting.filter(({ at }) => at < end)), signIns }
    waiting = waiting.filter(({ at }) => at >= end)
  }
}

function workersOf(random: Random, { members, devices, directory }: Organisation): Worker[] {
  const accounts = new Map(directory.accounts.map((account) => [account.id, account]))
  const own = Map.groupBy(devices, ({ device }) => device.owner)
  const terminals = own.get(undefined) ?? []
  return members.map((member) => ({
    member,
    turn: random.between(0, 5),
    devices: devicesOf(random, member, own.get(member.person.id) ?? [], terminals),
    method: methodOf(accounts.get(member.person.id)),
  }))
}

function devicesOf(
  random: Random,
  { role }: Member,
  own: readonly DeviceProfile[],
  terminals: readonly DeviceProfile[],
): readonly DeviceProfile[] {
  if (own.length > 0 && roles[role].ownDevice) return own
  return [...own, ...random.sample(terminals, 4)]
}

function inOrder(records: DecisionRecord[]): readonly DecisionRecord[] {
  return records.sort((left, right) => left.at - right.at || (left.id < right.id ? -1 : 1))
}
