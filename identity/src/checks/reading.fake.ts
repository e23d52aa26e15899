// Small directories for tests: everything an account needs, in order, and every attribute told.
import type { Account, Group, Machine } from '#model'
import {
  type AttributeName,
  attributes,
  finishReading,
  type Reading,
  type ReadingParts,
} from '#reading'

export const now = Date.UTC(2026, 2, 17, 9, 30)
export const day = 86_400_000
const domain = 'S-1-5-21-1-2-3'

export function sid(rid: number): string {
  return `${domain}-${rid}`
}

/** Signed in `days` ago, as a late stamp has it. */
export function seen(days: number): Account['lastUse'] {
  const notBefore = now - days * day
  return {
    kind: 'between',
    notBefore,
    notAfter: Math.min(now, notBefore + 14 * day),
    evidence: ['lastLogonTimestamp'],
  }
}

/** An employee's account that is as it should be. */
export function account(rid: number, members: Partial<Account> = {}): Account {
  return {
    id: sid(rid),
    sid: sid(rid),
    name: `person${rid}`,
    kind: 'user',
    enabled: true,
    createdAt: now - 900 * day,
    expiresAt: 'never',
    lastUse: seen(3),
    passwordChangedAt: now - 30 * day,
    flags: {},
    employeeId: `E${rid}`,
    employeeType: 'employee',
    primaryGroupRid: 513,
    methods: [{ kind: 'passkey', state: 'active' }],
    manager: sid(9_000),
    owner: sid(9_000),
    secrets: [],
    ...members,
  }
}

export function machine(rid: number, members: Partial<Machine> = {}): Machine {
  return {
    id: sid(rid),
    sid: sid(rid),
    name: `HOST${rid}$`,
    kind: 'computer',
    enabled: true,
    lastUse: seen(3),
    passwordChangedAt: now - 10 * day,
    flags: {},
    primaryGroupRid: 515,
    operatingSystem: 'Windows 11 Enterprise',
    localPasswordExpiresAt: now + 10 * day,
    secrets: [],
    ...members,
  }
}

export function group(rid: number, members: readonly string[], more: Partial<Group> = {}): Group {
  return {
    id: sid(rid),
    sid: sid(rid),
    name: `Group ${rid}`,
    members,
    membersUnresolved: [],
    owners: [sid(9_000)],
    secrets: [],
    ...more,
  }
}

export type Parts = Partial<Omit<ReadingParts, 'tells'>> & {
  /** What the source leaves unsaid; everything else is told. */
  readonly untold?: readonly AttributeName[]
}

/** A reading in which whatever is not given is as it should be. */
export function reading({ untold = [], accounts = [], personnel, ...parts }: Parts): Reading {
  const boss = account(9_000, { name: 'boss', manager: sid(9_000) })
  const all = [...accounts, boss]
  const names = Object.keys(attributes) as AttributeName[]
  return finishReading({
    system: 'active-directory',
    name: 'test',
    readAt: now,
    tells: new Set(names.filter((name) => !untold.includes(name))),
    personnel:
      personnel ??
      all.flatMap(({ employeeId }) =>
        employeeId === undefined ? [] : [{ key: employeeId, startsAt: now - 900 * day }],
      ),
    ...parts,
    accounts: all,
  })
}
