// What people do, as one table: the group that policies name, the titles on doors, when the work
// is done, and which applications it needs, most used first.

/** When a role works. Wards never close; offices do; clinics stretch; some are on call. */
type Rhythm = 'ward' | 'clinic' | 'office' | 'on-call' | 'visiting'

interface RoleRow {
  readonly name: string
  readonly titles: readonly string[]
  readonly rhythm: Rhythm
  /** Groups that everyone of this role is in, through the role's own group. */
  readonly functions: readonly FunctionGroup[]
  /** Whether the role has a computer of its own; others share the terminals of the ward. */
  readonly ownDevice: boolean
  /** Applications of the job, with how often each is opened compared with the others. */
  readonly uses: Readonly<Record<string, number>>
}

/** Groups by function: what policies grant access to, so that a new role joins a function. */
export const functionGroups = {
  'clinical-staff': 'people who treat or nurse patients',
  prescribers: 'people who may order or release medicines',
  'diagnostic-staff': 'people who examine specimens and images',
  'ward-support': 'people who keep a ward running',
  'patient-services-staff': 'people who bring patients in, through and out',
  'finance-staff': 'people who keep the books',
  'technology-staff': 'people who build and run systems',
} as const
type FunctionGroup = keyof typeof functionGroups

const everyday = { intranet: 3, rota: 3, tickets: 1, learning: 1, canteen: 2, phonebook: 2 }

export const roles = {
  nurses: {
    name: 'Nurses',
    titles: ['Staff Nurse', 'Staff Nurse', 'Senior Nurse', 'Nurse Practitioner'],
    rhythm: 'ward',
    functions: ['clinical-staff'],
    ownDevice: false,
    uses: { ...everyday, 'ward-board': 16, records: 10, vitals: 7, 'lab-results': 4, incidents: 1 },
  },
  midwives: {
    name: 'Midwives',
    titles: ['Midwife', 'Midwife', 'Senior Midwife'],
    rhythm: 'ward',
    functions: ['clinical-staff'],
    ownDevice: false,
    uses: { ...everyday, maternity: 14, records: 6, vitals: 4, 'ward-board': 4 },
  },
  doctors: {
    name: 'Doctors',
    titles: ['House Officer', 'Registrar', 'Consultant', 'Consultant'],
    rhythm: 'on-call',
    functions: ['clinical-staff', 'prescribers'],
    ownDevice: true,
    uses: {
      ...everyday,
      records: 14,
      prescribing: 8,
      'lab-results': 7,
      imaging: 5,
      'ward-board': 5,
      vitals: 4,
      theatre: 2,
      referrals: 2,
      appointments: 2,
    },
  },
  'healthcare-assistants': {
    name: 'Healthcare assistants',
    titles: ['Healthcare Assistant'],
    rhythm: 'ward',
    functions: ['ward-support'],
    ownDevice: false,
    uses: { ...everyday, 'ward-board': 10 },
  },
  'ward-clerks': {
    name: 'Ward clerks',
    titles: ['Ward Clerk'],
    rhythm: 'clinic',
    functions: ['ward-support', 'patient-services-staff'],
    ownDevice: true,
    uses: { ...everyday, 'ward-board': 8, admissions: 8, appointments: 3 },
  },
  receptionists: {
    name: 'Receptionists',
    titles: ['Receptionist', 'Booking Clerk'],
    rhythm: 'clinic',
    functions: ['patient-services-staff'],
    ownDevice: true,
    uses: { ...everyday, appointments: 12, admissions: 8, referrals: 5 },
  },
  porters: {
    name: 'Porters',
    titles: ['Porter'],
    rhythm: 'ward',
    functions: ['ward-support'],
    ownDevice: false,
    uses: { ...everyday, courier: 4, 'ward-board': 3 },
  },
  therapists: {
    name: 'Therapists',
    titles: ['Physiotherapist', 'Occupational Therapist', 'Speech Therapist'],
    rhythm: 'clinic',
    functions: ['clinical-staff'],
    ownDevice: true,
    uses: { ...everyday, records: 10, appointments: 6, referrals: 3, 'ward-board': 3 },
  },
  'laboratory-scientists': {
    name: 'Laboratory scientists',
    titles: ['Biomedical Scientist', 'Senior Biomedical Scientist', 'Microbiologist'],
    rhythm: 'ward',
    functions: ['diagnostic-staff'],
    ownDevice: true,
    uses: { ...everyday, 'lab-results': 16, courier: 8 },
  },
  radiographers: {
    name: 'Radiographers',
    titles: ['Radiographer', 'Senior Radiographer', 'Sonographer'],
    rhythm: 'ward',
    functions: ['diagnostic-staff'],
    ownDevice: true,
    uses: { ...everyday, imaging: 16, appointments: 3 },
  },
  pharmacists: {
    name: 'Pharmacists',
    titles: ['Pharmacist', 'Pharmacy Technician', 'Clinical Pharmacist'],
    rhythm: 'clinic',
    functions: ['prescribers'],
    ownDevice: true,
    uses: { ...everyday, pharmacy: 12, prescribing: 10 },
  },
  'estates-engineers': {
    name: 'Estates engineers',
    titles: ['Electrician', 'Heating Engineer', 'Estates Engineer'],
    rhythm: 'on-call',
    functions: [],
    ownDevice: true,
    uses: { ...everyday, estates: 10 },
  },
  caterers: {
    name: 'Caterers',
    titles: ['Cook', 'Catering Assistant'],
    rhythm: 'ward',
    functions: [],
    ownDevice: false,
    uses: { ...everyday, canteen: 8 },
  },
  accountants: {
    name: 'Accountants',
    titles: ['Accountant', 'Management Accountant', 'Accounts Assistant'],
    rhythm: 'office',
    functions: ['finance-staff'],
    ownDevice: true,
    uses: { ...everyday, ledger: 14, procurement: 4, insight: 2 },
  },
  'payroll-clerks': {
    name: 'Payroll clerks',
    titles: ['Payroll Clerk', 'Payroll Specialist'],
    rhythm: 'office',
    functions: ['finance-staff'],
    ownDevice: true,
    uses: { ...everyday, payroll: 14, ledger: 3 },
  },
  treasurers: {
    name: 'Treasurers',
    titles: ['Treasurer', 'Treasury Analyst'],
    rhythm: 'office',
    functions: ['finance-staff'],
    ownDevice: true,
    uses: { ...everyday, treasury: 8, ledger: 6, insight: 2 },
  },
  'hr-advisers': {
    name: 'HR advisers',
    titles: ['HR Adviser', 'Recruitment Adviser', 'HR Business Partner'],
    rhythm: 'office',
    functions: [],
    ownDevice: true,
    uses: { ...everyday, people: 14, contracts: 2 },
  },
  buyers: {
    name: 'Buyers',
    titles: ['Buyer', 'Category Manager'],
    rhythm: 'office',
    functions: [],
    ownDevice: true,
    uses: { ...everyday, procurement: 12, contracts: 5 },
  },
  developers: {
    name: 'Developers',
    titles: ['Software Developer', 'Integration Developer', 'Test Engineer'],
    rhythm: 'office',
    functions: ['technology-staff'],
    ownDevice: true,
    uses: { ...everyday, source: 14, build: 8, messages: 1, tickets: 4 },
  },
  'system-administrators': {
    name: 'System administrators',
    titles: ['System Administrator', 'Network Administrator', 'Database Administrator'],
    rhythm: 'on-call',
    functions: ['technology-staff'],
    ownDevice: true,
    uses: { ...everyday, servers: 8, backups: 4, source: 4, build: 4, vault: 3, tickets: 5 },
  },
  'service-desk': {
    name: 'Service desk',
    titles: ['Service Desk Analyst'],
    rhythm: 'clinic',
    functions: ['technology-staff'],
    ownDevice: true,
    uses: { ...everyday, tickets: 18, phonebook: 4 },
  },
  'security-analysts': {
    name: 'Security analysts',
    titles: ['Security Analyst', 'Identity Engineer', 'Incident Responder'],
    rhythm: 'on-call',
    functions: ['technology-staff'],
    ownDevice: true,
    uses: { ...everyday, watch: 14, identity: 6, vault: 3, source: 2 },
  },
  researchers: {
    name: 'Researchers',
    titles: ['Research Fellow', 'Trial Coordinator', 'Biostatistician'],
    rhythm: 'office',
    functions: [],
    ownDevice: true,
    uses: { ...everyday, research: 14 },
  },
  'quality-officers': {
    name: 'Quality officers',
    titles: ['Quality Officer', 'Clinical Auditor', 'Patient Safety Officer'],
    rhythm: 'office',
    functions: [],
    ownDevice: true,
    uses: { ...everyday, quality: 12, incidents: 6, insight: 2 },
  },
  'legal-counsel': {
    name: 'Legal counsel',
    titles: ['Legal Counsel', 'Privacy Officer'],
    rhythm: 'office',
    functions: [],
    ownDevice: true,
    uses: { ...everyday, contracts: 10, incidents: 2 },
  },
  'communications-officers': {
    name: 'Communications officers',
    titles: ['Communications Officer', 'Editor'],
    rhythm: 'office',
    functions: [],
    ownDevice: true,
    uses: { ...everyday, intranet: 10 },
  },
  executives: {
    name: 'Executives',
    titles: ['Director'],
    rhythm: 'office',
    functions: [],
    ownDevice: true,
    uses: { ...everyday, insight: 10, contracts: 2 },
  },
  'laboratory-partners': partner('Laboratory partners', ['Laboratory Technician'], {
    courier: 8,
    'lab-results': 8,
  }),
  'imaging-partners': partner('Imaging partners', ['Reporting Radiologist'], { imaging: 10 }),
  'practice-partners': partner('Practice partners', ['General Practitioner'], { exchange: 8 }),
  'university-partners': partner('University partners', ['Visiting Researcher'], { research: 10 }),
  'device-partners': partner('Device partners', ['Device Support Engineer'], { telemetry: 4 }),
} as const satisfies Record<string, RoleRow>

export type RoleId = keyof typeof roles
export const roleIds = Object.keys(roles) as readonly RoleId[]

function partner(
  name: string,
  titles: readonly string[],
  uses: Readonly<Record<string, number>>,
): RoleRow & { readonly rhythm: 'visiting' } {
  return { name, titles, rhythm: 'visiting', functions: [], ownDevice: true, uses }
}
