// Which acts, together, would make a refusal an allow is found by deciding again with each of them
// done, so that nothing is ever promised that would not work.
import { decide, environment, type Query } from '@countersign/policy/engine'
import type { RecordJson, ValueJson } from '@countersign/policy/json'
import { type Change, findRemedies } from '@countersign/policy/remedies'
import { ruleHolds } from '@countersign/policy/scope-index'
import type { Device, Group } from './documents.ts'
import { entityTypes, uid } from './entities.ts'
import { deviceFactNames } from './facts.ts'
import type { Ground } from './judgement.ts'
import type { Act, Remedies } from './remedies.ts'
import { deviceContext, freshHardwareKey, freshPasskey, timeOf } from './request.ts'

export interface GroupToGive {
  readonly group: Group
  /** The owner's name. */
  readonly owner: string
}

/** What a person could do who is refused. */
export interface Means {
  /** The person's own registered devices, the one in use included. */
  readonly devices: readonly Device[]
  /** Whether the person has a hardware key. */
  readonly hasHardwareKey: boolean
  /** The device in use. */
  readonly current: Device | undefined
  /** The group of this id, if its owner may take the person in. */
  readonly groupToGive: (id: string) => GroupToGive | undefined
  readonly nowMs: number
}

export interface Refused extends Ground {
  readonly query: Query & { readonly context: RecordJson }
}

const actsMaxCount = 24
const groupsMaxCount = 8
const devicesMaxCount = 3
/** Every refusal of a person searches once, so a search has to stay short. */
const evaluationsMaxCount = 1_000

/** Finds the smallest sets of acts that make a refusal an allow. */
export function remediesOf(refused: Refused, means: Means): Remedies {
  const { policies, entities, query, options } = refused
  const others = actsFor(refused, means)
  const candidates = [...others, ...waiting(refused, means, others)].slice(0, actsMaxCount)
  const acts = new Map(candidates.map((candidate) => [candidate.change.id, candidate.act]))
  const { remedies, tried, isCutShort } = findRemedies(
    policies,
    entities,
    query,
    candidates.map(({ change }) => change),
    { ...options, changesMax: 3, remediesMax: 5, evaluationsMax: evaluationsMaxCount },
  )
  return {
    found: withoutNeedlessKeys(
      remedies.map(({ changes }) => changes.flatMap((id) => acts.get(id) ?? [])),
    ),
    tried: Math.min(3, tried),
    isCutShort,
  }
}

// Where a passkey does as well, nobody is sent for their hardware key.
function withoutNeedlessKeys(found: readonly Act[][]): Act[][] {
  const weaker = (acts: readonly Act[]): string =>
    JSON.stringify(acts.map((act) => (isHardwareKey(act) ? { kind: act.kind } : act)))
  const others = new Set(
    found.filter((acts) => !acts.some(isHardwareKey)).map((acts) => JSON.stringify(acts)),
  )
  return found.filter((acts) => !acts.some(isHardwareKey) || !others.has(weaker(acts)))
}

function isHardwareKey(act: Act): boolean {
  return act.kind === 'authentication' && act.method !== undefined
}

interface Candidate {
  readonly act: Act
  readonly change: Change
}

// Another device comes before its repairs: a later change of the same fact counts.
function actsFor(refused: Refused, means: Means): readonly Candidate[] {
  return [
    candidate({ kind: 'authentication' }, { context: { authentication: freshPasskey } }),
    ...(means.hasHardwareKey ? [withHardwareKey] : []),
    ...otherDevices(means),
    ...repairs(means),
    ...memberships(refused, means),
  ]
}

const withHardwareKey = candidate(
  { kind: 'authentication', method: 'hardware-key' },
  { context: { authentication: freshHardwareKey } },
)

function otherDevices({ devices, current, nowMs }: Means): readonly Candidate[] {
  return devices
    .filter(({ id }) => id !== current?.id)
    .slice(0, devicesMaxCount)
    .map((device) =>
      candidate(
        { kind: 'enrolment', device: device.id, deviceName: device.name },
        { context: { device: deviceContext(device, nowMs) } },
      ),
    )
}

function repairs({ devices, current, nowMs }: Means): readonly Candidate[] {
  const known = current ? [current, ...devices] : devices
  const contexts = known.map((device) => deviceContext(device, nowMs))
  return deviceFactNames
    .filter((fact) => contexts.some((context) => !isGood(context[fact])))
    .map((fact) =>
      candidate({ kind: 'device', fact }, { context: { [`device.${fact}`]: repaired } }),
    )
}

function isGood(fact: ValueJson | undefined): boolean {
  return typeof fact === 'object' && fact !== null && 'value' in fact && fact['value'] === true
}

// Only groups that a permit for this very action and resource names: any other could not help.
function memberships(
  { policies, entities, query }: Refused,
  { groupToGive }: Means,
): readonly Candidate[] {
  const env = environment(entities, query)
  const named = new Set<string>()
  for (const { permits, policy } of policies.policies) {
    const { principal } = policy
    if (!permits || principal.kind !== 'in') continue
    if (!ruleHolds(policy.action, env.action, entities)) continue
    if (!ruleHolds(policy.resource, env.resource, entities)) continue
    for (const { type, id } of principal.entities) if (type === entityTypes.group) named.add(id)
  }
  return [...named]
    .flatMap((id) => groupToGive(id) ?? [])
    .slice(0, groupsMaxCount)
    .map(({ group, owner }) =>
      candidate(
        { kind: 'grant', group: group.id, groupName: group.name, owner },
        { joins: [{ entity: query.principal, group: uid('group', group.id) }] },
      ),
    )
}

const hourMs = 3_600_000
const hoursAhead = 7 * 24

// The first hour of the coming week at which it would be allowed: by itself, or else together with
// everything else that could be done, so that a window and a sign-in can be found as a pair.
function waiting(refused: Refused, means: Means, others: readonly Candidate[]): Candidate[] {
  const { policies, entities, query, options } = refused
  if (!isAboutTime(refused)) return []
  const isAllowedAt = (from: number, context: RecordJson): boolean => {
    const then = { ...query, context: { ...context, time: timeOf(from) } }
    return decide(policies, entities, then, options).effective.effect === 'allow'
  }
  const firstHour = (context: RecordJson): number | undefined =>
    hoursAfter(means.nowMs).find((from) => isAllowedAt(from, context))
  const from =
    firstHour(query.context) ??
    entities.supposing(
      others.flatMap(({ change }) => change.joins ?? []),
      () => firstHour(bestCase(query.context, means)),
    )
  if (from === undefined) return []
  return [candidate({ kind: 'time', from }, { context: { time: timeOf(from) } })]
}

function hoursAfter(nowMs: number): readonly number[] {
  const next = (Math.floor(nowMs / hourMs) + 1) * hourMs
  return Array.from({ length: hoursAhead }, (_, hour) => next + hour * hourMs)
}

/** Whether a policy that bears on this refusal looks at the clock. */
function isAboutTime({ policies, entities, query, options }: Refused): boolean {
  const env = environment(entities, query)
  const { determining } = decide(policies, entities, query, options).effective
  return policies.policies.some(
    ({ permits, policy }) =>
      policy.syntax.text.includes('context.time') &&
      (permits
        ? ruleHolds(policy.action, env.action, entities) &&
          ruleHolds(policy.resource, env.resource, entities)
        : determining.includes(policy.id)),
  )
}

function bestCase(
  context: RecordJson,
  { current, devices, hasHardwareKey, nowMs }: Means,
): RecordJson {
  const device = current ?? devices[0]
  const facts = deviceFactNames.map((fact) => [fact, repaired] as const)
  return {
    ...context,
    authentication: hasHardwareKey ? freshHardwareKey : freshPasskey,
    ...(device === undefined
      ? {}
      : { device: { ...deviceContext(device, nowMs), ...Object.fromEntries(facts) } }),
  }
}

const repaired = { value: true, ageSeconds: 0, provenance: 'reported' } as const

function candidate(it: Act, what: Pick<Change, 'context' | 'joins'>): Candidate {
  return { act: it, change: { id: JSON.stringify(it), kind: it.kind, ...what } }
}
