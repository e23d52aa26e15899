// Six people a visitor may become with one click. Each shows another side of a decision: what is
// open, what is closed for want of a permission, closed because of a device, or open after a
// stronger sign-in.
import type { Person } from '@countersign/contract/documents'
import type { PersonName } from './names.ts'
import type { RoleId } from './roles.ts'

export interface Persona {
  readonly id: string
  readonly name: PersonName
  readonly class: Person['class']
  readonly role: RoleId
  readonly department: string
  readonly title: string
  /** What becoming this person shows. */
  readonly story: string
  /** Groups besides those of class, department and role. */
  readonly groups: readonly string[]
  /** What is particular about their computer. */
  readonly device: 'healthy' | 'unlocked' | 'unencrypted' | 'own'
}

export const personas: readonly Persona[] = [
  {
    id: 'amara.wintermere',
    name: { given: 'Amara', family: 'Wintermere' },
    class: 'employee',
    role: 'nurses',
    department: 'medicine',
    title: 'Senior Nurse',
    story:
      'Opens the ward board and the vitals; payroll is none of her business. Her screen does not lock, which a policy on trial would refuse.',
    groups: [],
    device: 'unlocked',
  },
  {
    id: 'tomas.ekwueme',
    name: { given: 'Tomas', family: 'Ekwueme' },
    class: 'employee',
    role: 'doctors',
    department: 'cardiology',
    title: 'Consultant',
    story: 'Opens records, prescribing and imaging; the stock of the pharmacy is not his.',
    groups: [],
    device: 'healthy',
  },
  {
    id: 'ingrid.thornwell',
    name: { given: 'Ingrid', family: 'Thornwell' },
    class: 'employee',
    role: 'payroll-clerks',
    department: 'finance',
    title: 'Payroll Clerk',
    story: 'Opens payroll and the ledger; is refused at everything about patients.',
    groups: [],
    device: 'healthy',
  },
  {
    id: 'ravi.lindqvist',
    name: { given: 'Ravi', family: 'Lindqvist' },
    class: 'contractor',
    role: 'developers',
    department: 'technology',
    title: 'Software Developer',
    story:
      'Opens the source code; may not deploy, because the disk of his laptop is not encrypted.',
    groups: [],
    device: 'unencrypted',
  },
  {
    id: 'selma.okoye',
    name: { given: 'Selma', family: 'Okoye' },
    class: 'partner',
    role: 'laboratory-partners',
    department: 'laboratory',
    title: 'Laboratory Technician',
    story:
      'From another company. Opens the specimen courier; laboratory results ask her for a stronger sign-in.',
    groups: [],
    device: 'own',
  },
  {
    id: 'petra.ashcombe',
    name: { given: 'Petra', family: 'Ashcombe' },
    class: 'employee',
    role: 'security-analysts',
    department: 'security',
    title: 'Security Administrator',
    story:
      'Runs Countersign and sees every decision. Needs a passkey for the identity directory and the vault.',
    groups: ['administrators'],
    device: 'healthy',
  },
]

/** The group by which the sign-in page knows whom to offer. */
export const personasGroup = 'personas'
