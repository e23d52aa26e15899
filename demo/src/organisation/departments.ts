// Alder Valley Health on paper: which departments there are, to which executive each answers, and
// how many people of which role work there. The counts are what makes 1,000 employees, 120
// contractors and 80 partners.
import type { RoleId } from './roles.ts'

export const organisationName = 'Alder Valley Health'
/** The seed of the organisation that the demonstration shows. */
export const demoSeed = 'alder-valley'
export const mailDomain = 'aldervalley.example'

interface DepartmentRow {
  readonly id: string
  readonly name: string
  readonly staff: Partial<Readonly<Record<RoleId, number>>>
}

/** Departments; the first role of each supplies its head. */
export const departments: readonly DepartmentRow[] = [
  department('executive', 'Executive Office', { executives: 8 }),
  department('medicine', 'General Medicine', {
    nurses: 82,
    'healthcare-assistants': 36,
    doctors: 30,
    'ward-clerks': 8,
  }),
  department('emergency', 'Emergency', {
    doctors: 24,
    nurses: 54,
    'healthcare-assistants': 14,
    receptionists: 10,
  }),
  department('intensive-care', 'Intensive Care', { nurses: 54, doctors: 14 }),
  department('surgery', 'Surgery', { doctors: 34, nurses: 52, 'healthcare-assistants': 12 }),
  department('maternity', 'Maternity', { midwives: 38, doctors: 8, 'healthcare-assistants': 8 }),
  department('paediatrics', 'Paediatrics', { doctors: 12, nurses: 30 }),
  department('cardiology', 'Cardiology', { doctors: 10, nurses: 20 }),
  department('oncology', 'Oncology', { doctors: 10, nurses: 20 }),
  department('outpatients', 'Outpatients', { receptionists: 18, nurses: 16, doctors: 12 }),
  department('therapies', 'Therapies', { therapists: 38 }),
  department('laboratory', 'Laboratory', { 'laboratory-scientists': 34 }),
  department('radiology', 'Radiology', { radiographers: 28, doctors: 8 }),
  department('pharmacy', 'Pharmacy', { pharmacists: 26 }),
  department('patient-services', 'Patient Services', {
    receptionists: 20,
    'ward-clerks': 12,
    porters: 24,
  }),
  department('facilities', 'Facilities', { 'estates-engineers': 24 }),
  department('catering', 'Catering', { caterers: 24 }),
  department('finance', 'Finance', { accountants: 14, 'payroll-clerks': 7, treasurers: 3 }),
  department('procurement', 'Procurement', { buyers: 10 }),
  department('people', 'People', { 'hr-advisers': 14 }),
  department('technology', 'Information Technology', {
    'system-administrators': 10,
    developers: 14,
    'service-desk': 10,
  }),
  department('security', 'Information Security', { 'security-analysts': 8 }),
  department('research', 'Research', { researchers: 16 }),
  department('quality', 'Quality and Safety', { 'quality-officers': 10 }),
  department('legal', 'Legal and Privacy', { 'legal-counsel': 6 }),
  department('communications', 'Communications', { 'communications-officers': 6 }),
]

interface ExternalRow {
  readonly class: 'contractor' | 'partner'
  readonly role: RoleId
  /** The department that sponsors them. */
  readonly department: string
  /** The organisation partners come from. */
  readonly organisation?: string
  readonly count: number
}

/** People who are not employed, by who needs them. */
export const externals: readonly ExternalRow[] = [
  contractor('nurses', 'medicine', 26),
  contractor('nurses', 'emergency', 18),
  contractor('doctors', 'emergency', 16),
  contractor('developers', 'technology', 18),
  contractor('system-administrators', 'technology', 6),
  contractor('estates-engineers', 'facilities', 16),
  contractor('caterers', 'catering', 16),
  contractor('researchers', 'research', 4),
  partner('laboratory-partners', 'laboratory', 'Northmere Laboratories', 26),
  partner('imaging-partners', 'radiology', 'Brightwater Imaging', 14),
  partner('practice-partners', 'outpatients', 'Harrow Lane Practice', 18),
  partner('university-partners', 'research', 'Willowford University', 14),
  partner('device-partners', 'intensive-care', 'Stillwater Devices', 8),
]

/** The department's name for its id. */
export function departmentName(id: string): string {
  return departments.find((it) => it.id === id)?.name ?? id
}

function department(id: string, name: string, staff: DepartmentRow['staff']): DepartmentRow {
  return { id, name, staff }
}

function contractor(role: RoleId, department: string, count: number): ExternalRow {
  return { class: 'contractor', role, department, count }
}

function partner(
  role: RoleId,
  department: string,
  organisation: string,
  count: number,
): ExternalRow {
  return { class: 'partner', role, department, organisation, count }
}
