// The policies of the measured organisation, each in Cedar and as plain JavaScript, so that every
// engine under comparison can be given the same rules in its own terms.
import type { RecordJson } from '@countersign/policy/json'

/** What one policy says, before it is written in any language. */
export interface Rule {
  readonly effect: 'permit' | 'forbid'
  /** A person, a group, or anyone. */
  readonly principal: string | undefined
  /** Empty for every action. */
  readonly actions: readonly string[]
  /** An application, or a tier of applications. */
  readonly resource: { readonly type: 'App' | 'Tier'; readonly id: string }
  readonly condition: Condition | undefined
}

export interface Condition {
  readonly cedar: string
  readonly holds: (facts: Facts) => boolean
}

/** The attributes and circumstances that conditions read. */
export interface Facts {
  readonly person: { readonly department: string; readonly clearance: number }
  readonly application: {
    readonly department: string
    readonly tier: number
    readonly tags: readonly string[]
  }
  readonly context: Context
}

export interface Context extends RecordJson {
  readonly risk: number
  readonly method: string
  readonly signedInMinutesAgo: number
  readonly device: {
    readonly encrypted: boolean
    readonly managed: boolean
    readonly os: string
    readonly patchDays: number
  }
  readonly network: { readonly __extn: { readonly fn: 'ip'; readonly arg: string } }
}

export const ACTIONS = ['read', 'write', 'administer', 'connect', 'approve'] as const

/**
 * One rule. Most are about one group and one application, as they are where every application has an
 * owner; a few are about a whole tier. Limits differ from rule to rule.
 */
export function buildRule(index: number, groups: number, applications: number): Rule {
  const group = `Group::"g${1 + ((index * 11) % (groups - 1))}"`
  const action = ACTIONS[(index * 3) % ACTIONS.length] ?? 'read'
  const resource = { type: 'App', id: `a${(index * 7) % applications}` } as const
  if (index % 40 === 39) {
    const tier = { type: 'Tier', id: `t${index % 3}` } as const
    const condition = recentlyStrong(60 * (1 + (index % 9)))
    return { effect: 'permit', principal: group, actions: [], resource: tier, condition }
  }
  const limit = 40 + (index % 50)
  const base = { principal: group, actions: [action], resource }
  switch (Math.floor(index / 7) % 6) {
    case 0:
    case 1:
      return { ...base, effect: 'permit', condition: safeDevice(limit) }
    case 2:
      return { ...base, effect: 'permit', actions: ['read', 'connect'], condition: OWN_OR_CLEARED }
    case 3:
      return { ...base, effect: 'forbid', condition: OUTSIDE }
    case 4: {
      const principal = `User::"u${(index * 13) % 1000}"`
      return { ...base, effect: 'permit', principal, condition: undefined }
    }
    default:
      return {
        ...base,
        effect: 'forbid',
        principal: undefined,
        actions: ['administer'],
        condition: riskyOrFrozen(limit + 10),
      }
  }
}

function recentlyStrong(minutes: number): Condition {
  return {
    cedar: `when { context.signedInMinutesAgo < ${minutes} && ["passkey", "hardware"].contains(context.method) }`,
    holds: ({ context }) =>
      context.signedInMinutesAgo < minutes && ['passkey', 'hardware'].includes(context.method),
  }
}

function safeDevice(risk: number): Condition {
  return {
    cedar: `when { context.device.encrypted && context.risk < ${risk} }`,
    holds: ({ context }) => context.device.encrypted && context.risk < risk,
  }
}

const OWN_OR_CLEARED: Condition = {
  cedar:
    'when { principal.department == resource.department || principal.clearance >= resource.tier }',
  holds: ({ person, application }) =>
    person.department === application.department || person.clearance >= application.tier,
}

const OUTSIDE: Condition = {
  cedar: 'unless { context.device.managed && context.network.isInRange(ip("10.0.0.0/8")) }',
  holds: ({ context }) =>
    !(context.device.managed && context.network['__extn'].arg.startsWith('10.')),
}

function riskyOrFrozen(risk: number): Condition {
  return {
    cedar: `when { context.risk >= ${risk} || resource.tags.contains("frozen") }`,
    holds: ({ context, application }) =>
      context.risk >= risk || application.tags.includes('frozen'),
  }
}

/** A rule as an administrator would write it in Cedar. */
export function cedarText({ effect, principal, actions, resource, condition }: Rule): string {
  const who =
    principal === undefined
      ? 'principal'
      : `principal ${principal.startsWith('User') ? '==' : 'in'} ${principal}`
  const names = actions.map((action) => `Action::"${action}"`)
  const what =
    names.length === 0
      ? 'action'
      : names.length === 1
        ? `action == ${names[0]}`
        : `action in [${names.join(', ')}]`
  const where =
    resource.type === 'App'
      ? `resource == App::"${resource.id}"`
      : `resource is App in Tier::"${resource.id}"`
  const when = condition === undefined ? '' : `\n${condition.cedar}`
  return `${effect} (${who}, ${what}, ${where})${when};`
}
