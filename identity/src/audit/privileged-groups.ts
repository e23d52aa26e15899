// The groups that rule a Windows domain, by the numbers that survive translation and renaming.
import type { Group } from '#model'
import { builtInIdOf, relativeIdOf } from './security-identifier.ts'

export interface PrivilegedGroup {
  readonly id: string
  /** `rules` may give itself everything; `operates` can be turned into that with little effort. */
  readonly weight: 'rules' | 'operates'
  /** The directory guards its members' access lists (`adminCount`). */
  readonly isProtected: boolean
}

type Row = readonly [
  id: string,
  number: number,
  where: 'domain' | 'built-in',
  weight: PrivilegedGroup['weight'],
  isProtected: boolean,
  name: RegExp,
]

const rows: readonly Row[] = [
  ['domain-admins', 512, 'domain', 'rules', true, /^domain admins$/i],
  ['schema-admins', 518, 'domain', 'rules', true, /^schema admins$/i],
  ['enterprise-admins', 519, 'domain', 'rules', true, /^enterprise admins$/i],
  ['administrators', 544, 'built-in', 'rules', true, /^administrators$/i],
  ['key-admins', 526, 'domain', 'operates', true, /^key admins$/i],
  ['enterprise-key-admins', 527, 'domain', 'operates', true, /^enterprise key admins$/i],
  ['policy-creators', 520, 'domain', 'operates', false, /^group policy creator owners$/i],
  ['account-operators', 548, 'built-in', 'operates', true, /^account operators$/i],
  ['server-operators', 549, 'built-in', 'operates', true, /^server operators$/i],
  ['print-operators', 550, 'built-in', 'operates', true, /^print operators$/i],
  ['backup-operators', 551, 'built-in', 'operates', true, /^backup operators$/i],
  ['replicators', 552, 'built-in', 'operates', true, /^replicator$/i],
]

/** Which of them a group is. Without an identifier its untranslated name has to do. */
export function privilegedGroupOf({ sid, name }: Group): PrivilegedGroup | undefined {
  if (/^dnsadmins$/i.test(name)) return { id: 'dns-admins', weight: 'operates', isProtected: false }
  const row = rows.find(([, number, where, , , pattern]) =>
    sid === undefined
      ? pattern.test(name)
      : number === (where === 'domain' ? relativeIdOf(sid) : builtInIdOf(sid)),
  )
  return row && { id: row[0], weight: row[3], isProtected: row[4] }
}

/** Of the group whose members cannot be delegated and use strong ciphers only. */
export const protectedUsersRid = 525
