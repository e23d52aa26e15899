// Which column of a table means what: as declared, else guessed from its name.

/** What a column of an account list or a personnel feed can mean. */
const meanings = {
  accounts: {
    id: ['id', 'objectid', 'guid', 'accountid'],
    name: [
      'username',
      'login',
      'samaccountname',
      'account',
      'accountname',
      'userid',
      'uid',
      'userprincipalname',
      'user',
    ],
    displayName: ['displayname', 'fullname', 'cn'],
    mail: ['mail', 'email', 'emailaddress'],
    enabled: ['enabled', 'accountenabled', 'active', 'status', 'state'],
    createdAt: ['created', 'createdat', 'createddatetime', 'whencreated', 'creationdate'],
    expiresAt: ['expires', 'expiresat', 'accountexpires', 'expirydate', 'accountexpirationdate'],
    lastUsedAt: [
      'lastlogin',
      'lastlogon',
      'lastsignin',
      'lastused',
      'lastlogindate',
      'lastlogondate',
      'lastseen',
    ],
    passwordChangedAt: [
      'passwordchanged',
      'passwordlastset',
      'pwdlastset',
      'passwordchangedat',
      'lastpasswordchange',
    ],
    passwordNeverExpires: ['passwordneverexpires', 'pwdneverexpires'],
    employeeId: ['employeeid', 'employeenumber', 'personnelnumber', 'staffid'],
    employeeType: ['employeetype', 'usertype', 'accounttype', 'kind', 'type'],
    department: ['department', 'dept'],
    title: ['title', 'jobtitle', 'role'],
    manager: ['manager', 'managerid', 'managedby'],
    owner: ['owner', 'accountowner'],
    groups: ['groups', 'memberof'],
    custodians: ['custodians', 'keptby'],
    description: ['description', 'notes', 'comment'],
    mfaRegistered: ['mfa', 'mfaenabled', 'mfaregistered', 'ismfaregistered'],
  },
  personnel: {
    key: [
      'employeeid',
      'employeenumber',
      'personnelnumber',
      'staffid',
      'workerid',
      'personid',
      'key',
      'id',
    ],
    name: ['name', 'displayname', 'fullname', 'legalname'],
    mail: ['mail', 'email', 'workemail', 'emailaddress'],
    kind: ['kind', 'workertype', 'employmenttype', 'employeetype', 'type', 'class'],
    startsAt: ['startdate', 'hiredate', 'start', 'startsat', 'joined', 'joineddate'],
    endsAt: ['enddate', 'terminationdate', 'leavedate', 'end', 'endsat', 'lastday', 'contractend'],
    left: ['status', 'employmentstatus', 'state', 'active'],
    department: ['department', 'dept', 'costcentre', 'costcenter'],
    role: ['role', 'title', 'jobtitle', 'position'],
    manager: ['manager', 'managerid', 'manageremployeeid'],
    sponsor: ['sponsor', 'sponsorid'],
    movedAt: ['movedat', 'positionstartdate', 'rolechangedate', 'jobchangedate', 'moved'],
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

type TableKind = keyof typeof meanings
export type Meaning = keyof (typeof meanings)['accounts'] | keyof (typeof meanings)['personnel']

/** What a table lists, and the column of each meaning. */
export interface Columns {
  readonly kind: TableKind
  readonly of: ReadonlyMap<Meaning, string>
}

/** A personnel feed shows itself by when people start and leave. */
const personnelOnly = ['startsAt', 'endsAt', 'sponsor', 'movedAt'] as const
const accountsOnly = ['lastUsedAt', 'passwordChangedAt', 'passwordNeverExpires', 'groups'] as const

/**
 * Finds the columns. `declared` maps a meaning to a column and goes before any guess. Undefined when
 * the table lists neither accounts nor people.
 */
export function columnsOf(
  headers: readonly string[],
  declared: Readonly<Record<string, string>> = {},
): Columns | undefined {
  const personnel = find(headers, 'personnel', declared)
  const accounts = find(headers, 'accounts', declared)
  const score = (columns: Columns, own: readonly Meaning[]): number =>
    own.filter((meaning) => columns.of.has(meaning)).length
  const people = personnel.of.has('key') ? score(personnel, personnelOnly) : 0
  if (people > 0 && (people > score(accounts, accountsOnly) || !accounts.of.has('name'))) {
    return personnel
  }
  return accounts.of.has('name') ? accounts : undefined
}

/** Words in the declaration that mean nothing here. */
export function unknownMeanings(declared: Readonly<Record<string, string>>): readonly string[] {
  const known = new Set<string>(Object.values(meanings).flatMap((it) => Object.keys(it)))
  return Object.keys(declared).filter((it) => !known.has(it))
}

function find(
  headers: readonly string[],
  kind: TableKind,
  declared: Readonly<Record<string, string>>,
): Columns {
  const byPlainName = new Map(headers.map((it) => [plain(it), it]))
  const rows = Object.entries(meanings[kind]) as (readonly [Meaning, readonly string[]])[]
  const found = rows.flatMap(([meaning, names]) => {
    const header = Object.hasOwn(declared, meaning)
      ? headers.find((it) => it === declared[meaning])
      : names.map((name) => byPlainName.get(name)).find((it) => it !== undefined)
    return header === undefined ? [] : [[meaning, header] as const]
  })
  return { kind, of: new Map(found) }
}

function plain(header: string): string {
  return header.toLowerCase().replaceAll(/[^a-z]/g, '')
}
