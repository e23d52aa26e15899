// A believable organisation for measurements: people in nested groups, devices with posture,
// applications with owners, and policies as an administrator would write them.
import type { Authoring } from '@countersign/authoring/authoring'
import type { EntityJson, EntityUid } from '@countersign/policy/entities'
import type { PolicySyntax } from '@countersign/policy/syntax'
import { ACTIONS, buildRule } from './rules.ts'
import type { Context, Rule } from './rules.ts'

export interface Estate {
  readonly rules: readonly Rule[]
  readonly groups: readonly EstateEntity[]
  readonly people: readonly EstateEntity[]
  readonly applications: readonly EstateEntity[]
  readonly queries: readonly EstateQuery[]
}

/** An entity in the one form that all engines are fed from. */
export interface EstateEntity extends EntityJson {
  readonly uid: EntityUid
  readonly parents: readonly EntityUid[]
}

export interface EstateQuery {
  readonly principal: EntityUid
  readonly action: EntityUid
  readonly resource: EntityUid
  readonly context: Context
}

export interface EstateSize {
  readonly policies: number
  readonly people: number
  readonly applications: number
  readonly queries: number
}

/** The same size always gives the same estate. */
export function buildEstate({ policies, people, applications, queries }: EstateSize): Estate {
  const groups = Math.max(2, Math.round(people / 5))
  return {
    rules: times(policies, (index) => buildRule(index, groups, applications)),
    groups: times(groups, group),
    people: times(people, (index) => person(index, groups, 0)),
    applications: times(applications, application),
    queries: times(queries, (index) => query(index, people, applications)),
  }
}

export function entitiesOf({ groups, people, applications }: Estate): EstateEntity[] {
  return [...groups, ...people, ...applications]
}

/** Policies from their Cedar source, named by their places. */
export async function parsePolicies(
  authoring: Authoring,
  texts: readonly string[],
): Promise<readonly PolicySyntax[]> {
  const text = texts.map((each, index) => `@id("p${index}")\n${each}`).join('\n\n')
  const { policies, diagnostics } = await authoring.parsePolicies(text)
  const [first] = diagnostics
  if (first !== undefined) throw new Error(first.message)
  return policies
}

/** A person after so many changes of job: other groups, department and clearance. */
export function person(index: number, groups: number, moves: number): EstateEntity {
  const at = index + moves * 3
  return {
    uid: { type: 'User', id: `u${index}` },
    attrs: { department: `d${at % 7}`, clearance: at % 5, name: `Person ${index}` },
    parents: [1, 3, 7].map((step) => ({ type: 'Group', id: `g${(at * step) % groups}` })),
  }
}

function group(index: number): EstateEntity {
  return {
    uid: { type: 'Group', id: `g${index}` },
    attrs: {},
    parents: index === 0 ? [] : [{ type: 'Group', id: `g${Math.floor((index - 1) / 4)}` }],
  }
}

function application(index: number): EstateEntity {
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

function query(index: number, people: number, applications: number): EstateQuery {
  return {
    principal: { type: 'User', id: `u${(index * 31) % people}` },
    action: { type: 'Action', id: ACTIONS[index % ACTIONS.length] ?? 'read' },
    resource: { type: 'App', id: `a${(index * 17) % applications}` },
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

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}
