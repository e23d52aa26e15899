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
    groups: ['administrators'],
    device: 'healthy',
  },
]

/** The group by which the sign-in page knows whom to offer. */
export const personasGroup = 'personas'
