// What is asked of a directory, as a table of searches. No two of them find the same entry.
import { BerWriter, Control } from 'ldapts'
import { wantedAttributes } from './directory.ts'

export interface Search {
  readonly base: string
  readonly filter: string
  readonly attributes: readonly string[]
  /** Ask for access lists without the part that only auditors may read. */
  readonly accessLists: boolean
  /** The place may not exist. */
  readonly optional: boolean
}

/** Attributes that must not be read as text, as servers spell them. */
export const octetAttributes: readonly string[] = [
  'objectGUID',
  'objectSid',
  'sIDHistory',
  'nTSecurityDescriptor',
  'msDS-GroupMSAMembership',
  'msDS-AllowedToActOnBehalfOfOtherIdentity',
  'userCertificate',
  'userCertificate;binary',
]

const accessList = 'ntsecuritydescriptor'
const withoutAccess = [...wantedAttributes].filter((it) => it !== accessList)

// Access lists are long, so they are asked for only where control of the entry matters.
const ruling =
  '(|(objectClass=domainDNS)(objectClass=group)(objectClass=computer)(adminCount=1)' +
  '(objectClass=groupPolicyContainer)(objectClass=organizationalUnit)(cn=AdminSDHolder))'
const further =
  '(|(objectClass=user)(objectClass=contact)(objectClass=foreignSecurityPrincipal)(objectClass=trustedDomain))'

/** The searches of Active Directory; `after` is the last change that is known already. */
export function activeDirectorySearches(
  base: string,
  configuration: string | undefined,
  after?: string,
): readonly Search[] {
  const changed = after === undefined ? '' : `(uSNChanged>=${BigInt(after) + 1n})`
  const all = [...wantedAttributes, 'instanceType', 'uSNChanged']
  const searches: Search[] = [
    { base, filter: `(&${ruling}${changed})`, attributes: all, accessLists: true, optional: false },
    {
      base,
      filter: `(&${further}(!${ruling})${changed})`,
      attributes: withoutAccess,
      accessLists: false,
      optional: false,
    },
  ]
  if (configuration === undefined) return searches
  return [
    ...searches,
    {
      base: `CN=Public Key Services,CN=Services,${configuration}`,
      filter: `(&(|(objectClass=pKICertificateTemplate)(objectClass=pKIEnrollmentService))${changed})`,
      attributes: all,
      accessLists: true,
      optional: true,
    },
  ]
}

/** The search of any other directory; `since` is a generalized time. */
export function plainSearches(base: string, since?: string): readonly Search[] {
  const filter = since === undefined ? '(objectClass=*)' : `(modifyTimestamp>=${since})`
  return [{ base, filter, attributes: ['*', '+'], accessLists: false, optional: false }]
}

const ownerGroupAndAccess = 0x7

/** Asks for owner, group and access list (MS-ADTS §3.1.1.3.4.1.11). */
export class AccessListControl extends Control {
  constructor() {
    super('1.2.840.113556.1.4.801', { critical: false })
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter()
    value.startSequence()
    value.writeInt(ownerGroupAndAccess)
    value.endSequence()
    writer.writeBuffer(value.buffer, 0x04)
  }
}
