// The groups policies speak of: who someone is to the house, where they work, what they do, and
// which programs may call which interface.
import type { Group } from '@countersign/contract/documents'
import { applicationFamilies } from './applications.ts'
import { departments } from './departments.ts'
import { personasGroup } from './personas.ts'
import { functionGroups, roleIds, roles } from './roles.ts'

/** Groups of programs, by the interface they may call. */
const programGroups = {
  'laboratory-interfaces': 'programs that read laboratory results',
  'exchange-interfaces': 'programs that exchange records with other organisations',
  'messaging-interfaces': 'programs that send letters and text messages',
  'bedside-monitors': 'monitors and pumps that report readings',
} as const
export type ProgramGroup = keyof typeof programGroups

/** Every group but `administrators`, which Countersign keeps itself. */
export function groupDocuments(ownerOf: (department: string) => string): Group[] {
  return [
    group('staff', 'Staff', 'everyone who works here'),
    group('employees', 'Employees', 'people with a contract of employment', ['staff']),
    group('contractors', 'Contractors', 'people hired until an end date', ['staff']),
    group('clinical-contractors', 'Clinical contractors', 'bank nurses and locum doctors'),
    group('partners', 'Partners', 'people of other organisations, with a sponsor here'),
    group('managers', 'Managers', 'heads of departments and leaders of teams'),
    group(personasGroup, 'Personas', 'people a visitor of the demonstration may become'),
    ...departments.map(({ id, name }) => ({
      ...group(`department-${id}`, name, `everyone in ${name}`),
      owner: ownerOf(id),
    })),
    ...roleIds.map((id) => group(id, roles[id].name, 'by role', roles[id].functions)),
    ...Object.entries(functionGroups).map(([id, meaning]) => group(id, title(id), meaning)),
    ...Object.entries(applicationFamilies).map(([id, meaning]) => group(id, title(id), meaning)),
    ...Object.entries(programGroups).map(([id, meaning]) => group(id, title(id), meaning)),
  ]
}

function group(
  id: string,
  name: string,
  description: string,
  groups: readonly string[] = [],
): Group {
  return { id, name, description, groups: [...groups] }
}

function title(id: string): string {
  return id.charAt(0).toUpperCase() + id.slice(1).replaceAll('-', ' ')
}
