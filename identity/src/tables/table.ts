// A list of accounts or of people, row by row, whichever file it came in.
import { given } from '#given'
import type { Account, Group, LastUse } from '#model'
import type { PersonnelRecord } from '#cloud-model'
import { type AttributeName, finishReading, type Reading, type Remark } from '#reading'
import { SourceError } from '#source-error'
import { suspectedSecret } from '#suspected-secret'
import { cellMoment, cellText, cellTexts, cellTruth } from './cells.ts'
import { type Columns, columnsOf, type Meaning, unknownMeanings } from './columns.ts'

export type Row = Readonly<Record<string, unknown>>

export interface TableReader {
  readonly take: (row: Row, where: string) => void
  readonly count: () => number
  readonly finish: (readAt: number) => Reading
}

const rowsMax = 5_000_000

/** Takes the rows of one table. Throws a `SourceError` where its columns say nothing. */
export function tableReader(
  name: string,
  headers: readonly string[],
  declared: Readonly<Record<string, string>> = {},
): TableReader {
  const [unknown] = unknownMeanings(declared)
  if (unknown !== undefined) {
    throw new SourceError(name, `no column means \`${unknown}\``, 'see the list of meanings')
  }
  const twice = headers.find((header, index) => header !== '' && headers.indexOf(header) !== index)
  if (twice !== undefined) {
    throw new SourceError(name, `the column \`${twice}\` occurs twice`, 'rename one of the two')
  }
  const columns = columnsOf(headers, declared)
  if (columns === undefined) {
    throw new SourceError(
      name,
      'no column names accounts or people',
      'say which column means what, as `name=Login` for accounts or `key=Staff id` for people',
    )
  }
  return readerFor(name, columns)
}

function readerFor(name: string, columns: Columns): TableReader {
  const accounts = new Map<string, Account>()
  const personnel = new Map<string, PersonnelRecord>()
  const members = new Map<string, Set<string>>()
  const remarks: Remark[] = []
  let leftOut = 0
  let taken = 0

  const cell = (row: Row, meaning: Meaning): unknown => {
    const header = columns.of.get(meaning)
    return header === undefined ? undefined : row[header]
  }

  function leaveOut(where: string, what: string): void {
    leftOut++
    remarks.push({ where, what })
  }

  function momentOf(row: Row, meaning: Meaning, where: string): number | undefined {
    const value = cell(row, meaning)
    const at = cellMoment(value)
    if (at === undefined && cellText(value) !== undefined) {
      const header = columns.of.get(meaning) ?? meaning
      remarks.push({ where, what: `\`${header}\` is no date as 2026-03-17, so it says nothing` })
    }
    return at
  }

  function takeAccount(row: Row, where: string): void {
    const signIn = cellText(cell(row, 'name'))
    if (signIn === undefined) return leaveOut(where, 'the row has no name of an account')
    const id = cellText(cell(row, 'id')) ?? signIn.toLowerCase()
    if (accounts.has(id)) return leaveOut(where, 'the account occurs twice; the first row counts')
    const description = cellText(cell(row, 'description'))
    const looksLike = description === undefined ? undefined : suspectedSecret(description)
    const kept = cellTexts(cell(row, 'custodians'))
    const type = cellText(cell(row, 'employeeType'))
    const expires = cell(row, 'expiresAt')
    const neverExpires = typeof expires === 'string' && /^\s*never\s*$/i.test(expires)
    accounts.set(
      id,
      given({
        id,
        name: signIn,
        displayName: cellText(cell(row, 'displayName')),
        kind: type?.toLowerCase() === 'guest' ? 'guest' : 'user',
        enabled: cellTruth(cell(row, 'enabled')),
        createdAt: momentOf(row, 'createdAt', where),
        expiresAt: neverExpires ? 'never' : momentOf(row, 'expiresAt', where),
        passwordChangedAt: momentOf(row, 'passwordChangedAt', where),
        lastUse: lastUse(cell(row, 'lastUsedAt'), momentOf(row, 'lastUsedAt', where)),
        flags: given({ passwordNeverExpires: cellTruth(cell(row, 'passwordNeverExpires')) }),
        mail: cellText(cell(row, 'mail')),
        employeeId: cellText(cell(row, 'employeeId')),
        employeeType: type,
        department: cellText(cell(row, 'department')),
        title: cellText(cell(row, 'title')),
        managerUnresolved: cellText(cell(row, 'manager')),
        ownerUnresolved: cellText(cell(row, 'owner')),
        custodians: columns.of.has('custodians') ? kept : undefined,
        description: looksLike === undefined ? description : undefined,
        mfaRegistered: cellTruth(cell(row, 'mfaRegistered')),
        secrets: looksLike === undefined ? [] : [{ attribute: 'description', looksLike }],
      } as const),
    )
    for (const group of cellTexts(cell(row, 'groups'))) {
      members.set(group, (members.get(group) ?? new Set()).add(id))
    }
  }

  function lastUse(value: unknown, at: number | undefined): LastUse {
    const header = columns.of.get('lastUsedAt')
    if (header === undefined) return { kind: 'unknown', because: 'no column has the last use' }
    const evidence = [header]
    if (at !== undefined) return { kind: 'between', notBefore: at, notAfter: at, evidence }
    const written = cellText(value)
    if (written?.toLowerCase() === 'never') return { kind: 'never', evidence }
    const because = written === undefined ? `\`${header}\` is empty` : `\`${header}\` is no date`
    return { kind: 'unknown', because }
  }

  function takePerson(row: Row, where: string): void {
    const key = cellText(cell(row, 'key'))
    if (key === undefined) return leaveOut(where, 'the row has no key of a person')
    if (personnel.has(key)) return leaveOut(where, 'the person occurs twice; the first row counts')
    const status = cellText(cell(row, 'left'))
    const header = columns.of.get('left') ?? ''
    const gone = /terminat|left|leaver|former|inactive|ended|retired/i.test(status ?? '')
    const notActive = /active/i.test(header) && cellTruth(cell(row, 'left')) === false
    personnel.set(
      key,
      given({
        key,
        name: cellText(cell(row, 'name')),
        mail: cellText(cell(row, 'mail')),
        kind: kindOfPerson(cellText(cell(row, 'kind'))),
        startsAt: momentOf(row, 'startsAt', where),
        endsAt: momentOf(row, 'endsAt', where),
        left: status === undefined ? undefined : gone || notActive,
        department: cellText(cell(row, 'department')),
        role: cellText(cell(row, 'role')),
        manager: cellText(cell(row, 'manager')),
        sponsor: cellText(cell(row, 'sponsor')),
        movedAt: momentOf(row, 'movedAt', where),
      }),
    )
  }

  return {
    count: () => taken,
    take(row, where) {
      if (++taken > rowsMax) throw new SourceError(where, `more than ${rowsMax} rows`, 'split it')
      if (columns.kind === 'accounts') takeAccount(row, where)
      else takePerson(row, where)
    },
    finish(readAt) {
      const isAccounts = columns.kind === 'accounts'
      const byName = new Map([...accounts.values()].map((it) => [it.name.toLowerCase(), it.id]))
      const groups: Group[] = [...members].map(([group, ids]) => ({
        id: `group:${group}`,
        name: group,
        members: [...ids],
        membersUnresolved: [],
        secrets: [],
      }))
      return finishReading(
        {
          system: isAccounts ? 'accounts' : 'personnel',
          name,
          readAt,
          tells: tellsOf(columns),
          accounts: [...accounts.values()].map((it) => resolved(it, byName, accounts)),
          groups,
          personnel: [...personnel.values()],
          remarks,
        },
        { leftOut },
      )
    },
  }
}

/** Managers and owners are written as a sign-in name or an id. */
function resolved(
  account: Account,
  byName: ReadonlyMap<string, string>,
  accounts: ReadonlyMap<string, Account>,
): Account {
  const { managerUnresolved: manager, ownerUnresolved: owner, ...rest } = account
  const find = (written: string | undefined): string | undefined =>
    written !== undefined && accounts.has(written)
      ? written
      : byName.get(written?.toLowerCase() ?? '')
  const [managerId, ownerId] = [find(manager), find(owner)]
  return given({
    ...rest,
    manager: managerId,
    managerUnresolved: managerId === undefined ? manager : undefined,
    owner: ownerId,
    ownerUnresolved: ownerId === undefined ? owner : undefined,
  })
}

function kindOfPerson(written: string | undefined): PersonnelRecord['kind'] {
  if (written === undefined) return undefined
  if (/contract|extern|freelanc|temp|agency|contingent/i.test(written)) return 'contractor'
  if (/partner|supplier|vendor/i.test(written)) return 'partner'
  return /employ|regular|permanent|staff|intern/i.test(written) ? 'employee' : undefined
}

const telling: readonly (readonly [Meaning, AttributeName])[] = [
  ['enabled', 'enabled'],
  ['createdAt', 'created'],
  ['expiresAt', 'expiry'],
  ['lastUsedAt', 'lastUse'],
  ['passwordChangedAt', 'passwordChanged'],
  ['passwordNeverExpires', 'passwordNeverExpires'],
  ['mail', 'mail'],
  ['employeeId', 'employeeId'],
  ['employeeType', 'employeeType'],
  ['department', 'department'],
  ['title', 'title'],
  ['manager', 'manager'],
  ['owner', 'owner'],
  ['groups', 'members'],
  ['custodians', 'custodians'],
  ['description', 'description'],
  ['mfaRegistered', 'mfaRegistered'],
]

function tellsOf({ kind, of }: Columns): ReadonlySet<AttributeName> {
  if (kind === 'personnel') return new Set(['personnel'])
  return new Set(telling.filter(([meaning]) => of.has(meaning)).map(([, says]) => says))
}
