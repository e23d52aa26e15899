// A believable organisation for measurements: people in nested groups, devices with posture,
// applications with owners, and policies as an administrator would write them.
import type { EntityJson, EntityUid } from '@countersign/policy/entities'
import type { RecordJson } from '@countersign/policy/json'

export interface Estate {
  readonly policies: readonly string[]
  readonly entities: readonly EntityJson[]
  readonly queries: readonly EstateQuery[]
}

export interface EstateQuery {
  readonly principal: EntityUid
  readonly action: EntityUid
  readonly resource: EntityUid
  readonly context: RecordJson
}

export interface EstateSize {
  readonly policies: number
  readonly people: number
  readonly applications: number
  readonly queries: number
}

const ACTIONS = ['read', 'write', 'administer', 'connect', 'approve']

/** The same size always gives the same estate. */
export function buildEstate(size: EstateSize): Estate {
  const groups = Math.max(2, Math.round(size.people / 5))
  return {
    policies: Array.from({ length: size.policies }, (_, index) => policyText(index, groups, size)),
    entities: [
      ...groupEntities(groups),
      ...Array.from({ length: size.people }, (_, index) => person(index, groups)),
      ...Array.from({ length: size.applications }, (_, index) => application(index)),
    ],
    queries: Array.from({ length: size.queries }, (_, index) => query(index, size)),
  }
}

// Most policies are about one group and one application, as they are where every application has an
// owner; a few are about a whole tier.
function policyText(index: number, groups: number, { applications }: EstateSize): string {
  const kind = Math.floor(index / 7) % 6
  const group = `Group::"g${1 + ((index * 11) % (groups - 1))}"`
  const application = `App::"a${(index * 7) % applications}"`
  const action = ACTIONS[(index * 3) % ACTIONS.length] ?? 'read'
  if (index % 40 === 39) {
    return `permit (principal in ${group}, action, resource is App in Tier::"t${index % 3}")
when { context.signedInMinutesAgo < 480 && ["passkey", "hardware"].contains(context.method) };`
  }
  switch (kind) {
    case 0:
    case 1:
      return `permit (principal in ${group}, action == Action::"${action}", resource == ${application})
when { context.device.encrypted && context.risk < 60 };`
    case 2:
      return `permit (principal is User in ${group}, action in [Action::"read", Action::"connect"], resource == ${application})
when { principal.department == resource.department || principal.clearance >= resource.tier };`
    case 3:
      return `forbid (principal in ${group}, action == Action::"${action}", resource == ${application})
unless { context.device.managed && context.network.isInRange(ip("10.0.0.0/8")) };`
    case 4:
      return `permit (principal == User::"u${(index * 13) % 1000}", action == Action::"${action}", resource == ${application});`
    default:
      return `forbid (principal, action == Action::"administer", resource == ${application})
when { context.risk >= 80 || resource.tags.contains("frozen") };`
  }
}

function groupEntities(groups: number): EntityJson[] {
  return Array.from({ length: groups }, (_, index) => ({
    uid: { type: 'Group', id: `g${index}` },
    attrs: {},
    parents: index === 0 ? [] : [{ type: 'Group', id: `g${Math.floor((index - 1) / 4)}` }],
  }))
}

function person(index: number, groups: number): EntityJson {
  return {
    uid: { type: 'User', id: `u${index}` },
    attrs: { department: `d${index % 7}`, clearance: index % 5, name: `Person ${index}` },
    parents: [1, 3, 7].map((step) => ({ type: 'Group', id: `g${(index * step) % groups}` })),
  }
}

function application(index: number): EntityJson {
  return {
    uid: { type: 'App', id: `a${index}` },
    attrs: {
      department: `d${index % 7}`,
      tier: index % 3,
      tags: index % 11 === 0 ? ['frozen'] : [],
    },
    parents: [{ type: 'Tier', id: `t${index % 3}` }],
  }
}

function query(index: number, size: EstateSize): EstateQuery {
  return {
    principal: { type: 'User', id: `u${(index * 31) % size.people}` },
    action: { type: 'Action', id: ACTIONS[index % ACTIONS.length] ?? 'read' },
    resource: { type: 'App', id: `a${(index * 17) % size.applications}` },
    context: {
      risk: (index * 37) % 100,
      method: index % 2 === 0 ? 'hardware' : 'password',
      signedInMinutesAgo: (index * 53) % 600,
      device: {
        encrypted: index % 3 !== 0,
        managed: index % 4 !== 0,
        os: 'linux',
        patchDays: index % 30,
      },
      network: { __extn: { fn: 'ip', arg: index % 2 === 0 ? '10.1.2.3' : '192.0.2.7' } },
    },
  }
}
