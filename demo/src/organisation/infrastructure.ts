// Servers with their network zones, and the data sets that lie behind applications.
import type { Dataset, Host } from '@countersign/contract/documents'
import { applicationRows } from './applications.ts'
import type { Random } from './random.ts'

const zones = ['clinical', 'corporate', 'laboratory', 'management', 'exchange'] as const

/** Two to six servers for each application, and a few that run the house itself. */
export function generateHosts(random: Random): Host[] {
  const hosts = applicationRows.flatMap(({ id, name, tier, families }) => {
    const zone =
      tier === 0
        ? 'management'
        : families.includes('diagnostic-applications')
          ? 'laboratory'
          : families.includes('patient-data-applications')
            ? 'clinical'
            : families.includes('partner-applications')
              ? 'exchange'
              : 'corporate'
    const servers = tier <= 1 ? random.between(3, 6) : random.between(1, 3)
    return Array.from({ length: servers }, (_, index) => ({
      id: `host-${id}-${index + 1}`,
      name: `${name} server ${index + 1}`,
      zone,
      applications: [id],
    }))
  })
  const common = ['name server', 'time server', 'log server', 'update server', 'jump host'].flatMap(
    (kind) =>
      zones.map((zone) => ({
        id: `host-${kind.replaceAll(' ', '-')}-${zone}`,
        name: `${kind.charAt(0).toUpperCase()}${kind.slice(1)}, ${zone}`,
        zone,
        applications: [],
      })),
  )
  return [...hosts, ...common]
}

const datasetRows: readonly (readonly [
  id: string,
  name: string,
  label: Dataset['label'],
  applications: readonly string[],
])[] = [
  ['patient-index', 'Patient index', 'restricted', ['records', 'admissions', 'appointments']],
  ['clinical-notes', 'Clinical notes', 'restricted', ['records']],
  ['mental-health-notes', 'Mental health notes', 'restricted', ['records']],
  ['ward-plans', 'Ward plans', 'confidential', ['ward-board']],
  ['vital-signs', 'Vital signs', 'restricted', ['vitals', 'telemetry']],
  ['operations', 'Operations', 'restricted', ['theatre']],
  ['births', 'Births', 'restricted', ['maternity']],
  ['medication-orders', 'Medication orders', 'restricted', ['prescribing']],
  ['controlled-medicines', 'Controlled medicines register', 'restricted', ['pharmacy']],
  ['medicine-stock', 'Medicine stock', 'internal', ['pharmacy']],
  ['laboratory-results', 'Laboratory results', 'restricted', ['lab-results']],
  ['genetic-results', 'Genetic results', 'restricted', ['lab-results']],
  ['specimens', 'Specimens in transit', 'confidential', ['courier']],
  ['images', 'Images', 'restricted', ['imaging']],
  ['imaging-reports', 'Imaging reports', 'restricted', ['imaging']],
  ['exchange-messages', 'Exchange messages', 'restricted', ['exchange']],
  ['referral-letters', 'Referral letters', 'restricted', ['referrals']],
  ['salaries', 'Salaries', 'restricted', ['payroll']],
  ['bank-details', 'Bank details of employees', 'restricted', ['payroll']],
  ['journal-entries', 'Journal entries', 'confidential', ['ledger']],
  ['payments', 'Payments', 'restricted', ['treasury']],
  ['employment-contracts', 'Employment contracts', 'restricted', ['people']],
  ['absences', 'Absences', 'confidential', ['people', 'rota']],
  ['shifts', 'Shifts', 'internal', ['rota']],
  ['orders', 'Orders', 'internal', ['procurement']],
  ['supplier-contracts', 'Supplier contracts', 'confidential', ['contracts']],
  ['study-data', 'De-identified study data', 'confidential', ['research']],
  ['consents', 'Study consents', 'restricted', ['research']],
  ['audits', 'Audits', 'internal', ['quality']],
  ['incident-reports', 'Incident reports', 'confidential', ['incidents']],
  ['performance-figures', 'Performance figures', 'internal', ['insight']],
  ['repositories', 'Source repositories', 'confidential', ['source', 'build']],
  ['build-artefacts', 'Build artefacts', 'internal', ['build']],
  ['alarms', 'Alarms', 'confidential', ['watch']],
  ['accounts', 'Accounts and groups', 'restricted', ['identity']],
  ['secrets', 'Secrets', 'restricted', ['vault']],
  ['backup-sets', 'Backup sets', 'restricted', ['backups']],
  ['server-configuration', 'Server configuration', 'confidential', ['servers']],
  ['building-plans', 'Building plans', 'confidential', ['estates']],
  ['tickets', 'Tickets', 'internal', ['tickets']],
  ['outgoing-messages', 'Outgoing messages', 'confidential', ['messages']],
  ['phone-numbers', 'Phone numbers', 'internal', ['phonebook']],
  ['course-records', 'Course records', 'internal', ['learning']],
  ['news', 'News', 'internal', ['intranet']],
  ['menus', 'Menus', 'public', ['canteen']],
]

/** The data sets, each owned by whoever owns its first application. */
export function datasetDocuments(ownerOfApplication: (application: string) => string): Dataset[] {
  return datasetRows.map(([id, name, label, applications]) => ({
    id,
    name,
    owner: ownerOfApplication(applications[0] ?? ''),
    label,
    applications: [...applications],
  }))
}
