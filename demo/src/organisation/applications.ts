// The forty applications of the hospital group, as one table: what each is for, how much harm its
// loss would do (tier 0 most), and the families by which policies speak of it.
import type { Application } from '@countersign/contract/documents'
import type { Tier } from '@countersign/contract/document-shapes'

/** Families of applications. Policies grant a family to people; a new application joins a family. */
export const applicationFamilies = {
  applications: 'every application of the hospital group',
  'privileged-applications': 'whoever controls these controls everything else',
  'clinical-applications': 'used at the bedside',
  'patient-data-applications': 'show or change data about patients',
  'patient-administration': 'bring patients in, through and out',
  'diagnostic-applications': 'laboratory and imaging',
  'medicines-applications': 'prescribe and dispense',
  'finance-applications': 'money in and money out',
  'people-applications': 'data about employees',
  'technology-applications': 'build and run the software of the house',
  'workplace-applications': 'what everyone on the payroll needs for the job',
  'open-applications': 'harmless; for every person with an account',
  'partner-applications': 'opened to people of other organisations, where a policy names them',
} as const
type ApplicationFamily = keyof typeof applicationFamilies

interface ApplicationRow {
  readonly id: string
  readonly name: string
  readonly tier: Tier
  readonly kind: 'web' | 'api'
  readonly description: string
  /** The department whose head owns it. */
  readonly owner: string
  readonly families: readonly Exclude<ApplicationFamily, 'applications'>[]
}

export const applicationRows: readonly ApplicationRow[] = [
  // Tier 0: whoever controls these controls the hospital.
  web(
    0,
    'identity',
    'Identity Directory',
    'accounts, groups and who administers them',
    'security',
    ['privileged-applications'],
  ),
  web(0, 'vault', 'Secrets Vault', 'keys, passwords and certificates of systems', 'security', [
    'privileged-applications',
  ]),
  web(0, 'backups', 'Backup Control', 'what is saved, and the way back', 'technology', [
    'privileged-applications',
  ]),
  web(0, 'servers', 'Server Console', 'starts, stops and changes every server', 'technology', [
    'privileged-applications',
  ]),
  web(0, 'treasury', 'Treasury Payments', 'releases payments to banks', 'finance', [
    'privileged-applications',
    'finance-applications',
  ]),

  // Tier 1: care, pay or trust stops without these.
  web(1, 'records', 'Patient Records', 'the record of every patient', 'quality', [
    'clinical-applications',
    'patient-data-applications',
  ]),
  web(1, 'ward-board', 'Ward Board', 'beds, patients and what is due next', 'medicine', [
    'clinical-applications',
    'patient-data-applications',
  ]),
  web(1, 'vitals', 'Vitals Monitor', 'heart, breath and pressure, live', 'intensive-care', [
    'clinical-applications',
    'patient-data-applications',
  ]),
  web(1, 'theatre', 'Theatre Planner', 'operations, rooms and teams', 'surgery', [
    'clinical-applications',
    'patient-data-applications',
  ]),
  web(1, 'maternity', 'Maternity Notes', 'from the first visit to the birth', 'maternity', [
    'patient-data-applications',
  ]),
  web(1, 'prescribing', 'Prescribing', 'orders for medicines, with their checks', 'pharmacy', [
    'medicines-applications',
    'patient-data-applications',
  ]),
  web(1, 'pharmacy', 'Pharmacy Stock', 'what is on the shelf and what is controlled', 'pharmacy', [
    'medicines-applications',
  ]),
  api(1, 'lab-results', 'Laboratory Results', 'results by specimen, as JSON', 'laboratory', [
    'diagnostic-applications',
    'patient-data-applications',
    'partner-applications',
  ]),
  web(1, 'imaging', 'Imaging Archive', 'X-ray, CT, MR and their reports', 'radiology', [
    'diagnostic-applications',
    'patient-data-applications',
    'partner-applications',
  ]),
  api(1, 'telemetry', 'Bedside Telemetry', 'readings of monitors and pumps', 'intensive-care', [
    'patient-data-applications',
  ]),
  api(1, 'exchange', 'Care Exchange', 'records to and from other organisations', 'technology', [
    'patient-data-applications',
    'partner-applications',
  ]),
  web(1, 'payroll', 'Payroll', 'pay, tax and pensions', 'finance', ['finance-applications']),
  web(1, 'ledger', 'General Ledger', 'the books of the group', 'finance', ['finance-applications']),
  web(1, 'people', 'People Records', 'contracts, absences and reviews', 'people', [
    'people-applications',
  ]),
  web(1, 'build', 'Build and Deploy', 'turns source code into what runs', 'technology', [
    'technology-applications',
  ]),
  web(1, 'watch', 'Security Watch', 'alarms and their investigation', 'security', [
    'technology-applications',
  ]),

  // Tier 2: work slows without these.
  web(2, 'admissions', 'Admissions', 'arrivals, transfers and discharges', 'patient-services', [
    'patient-administration',
    'patient-data-applications',
  ]),
  web(2, 'appointments', 'Appointments', 'clinics and their calendars', 'outpatients', [
    'patient-administration',
    'patient-data-applications',
  ]),
  web(2, 'referrals', 'Referrals', 'letters from and to general practice', 'outpatients', [
    'patient-administration',
    'patient-data-applications',
  ]),
  web(2, 'courier', 'Specimen Courier', 'specimens on their way', 'laboratory', [
    'diagnostic-applications',
    'partner-applications',
  ]),
  web(2, 'procurement', 'Procurement', 'requests, orders and deliveries', 'procurement', [
    'finance-applications',
  ]),
  web(2, 'contracts', 'Contracts', 'agreements and their dates', 'legal', []),
  web(2, 'research', 'Research Workbench', 'studies on de-identified data', 'research', [
    'partner-applications',
  ]),
  web(2, 'quality', 'Quality and Audit', 'measures, audits and actions', 'quality', []),
  web(2, 'insight', 'Insight', 'figures for managers', 'executive', []),
  web(2, 'source', 'Source Code', 'repositories and reviews', 'technology', [
    'technology-applications',
  ]),
  web(2, 'estates', 'Estates', 'buildings, lifts and boilers', 'facilities', []),
  api(2, 'messages', 'Messages', 'sends letters and text messages', 'technology', [
    'technology-applications',
  ]),
  web(2, 'rota', 'Rota', 'shifts, swaps and leave', 'people', ['workplace-applications']),
  web(2, 'tickets', 'Service Desk', 'ask for help and follow it', 'technology', [
    'workplace-applications',
  ]),
  web(2, 'incidents', 'Incident Reports', 'what went wrong, told without blame', 'quality', [
    'workplace-applications',
  ]),

  // Tier 3: of little harm.
  web(3, 'intranet', 'Intranet', 'news of the house', 'communications', ['open-applications']),
  web(3, 'phonebook', 'Phone Book', 'who is where', 'communications', ['open-applications']),
  web(3, 'learning', 'Learning', 'courses and certificates', 'people', ['open-applications']),
  web(3, 'canteen', 'Canteen', 'what there is to eat today', 'catering', ['open-applications']),
]

/** Where the applications of the demonstration answer, unless a setting says otherwise. */
export const applicationsPort = 7410

/** The documents of the inventory. `ownerOf` gives the head of a department. */
export function applicationDocuments(
  ownerOf: (department: string) => string,
  upstream: string,
): Application[] {
  return applicationRows.map(({ id, name, description, tier, kind, owner, families }) => ({
    id,
    name,
    description,
    owner: ownerOf(owner),
    tier,
    hosts: [`${id}.localhost`],
    upstream,
    upstreamIdentity: { reliesOn: 'assertion' },
    kind,
    groups: ['applications', ...families],
  }))
}

type RowArguments = [
  tier: Tier,
  id: string,
  name: string,
  description: string,
  owner: string,
  families: ApplicationRow['families'],
]

function web(...row: RowArguments): ApplicationRow {
  return rowOf('web', row)
}

function api(...row: RowArguments): ApplicationRow {
  return rowOf('api', row)
}

function rowOf(
  kind: ApplicationRow['kind'],
  [tier, id, name, description, owner, families]: RowArguments,
): ApplicationRow {
  return { id, name, tier, kind, description, owner, families }
}
