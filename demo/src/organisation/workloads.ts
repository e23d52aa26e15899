// Most identities are not people: services, machines, shared accounts and keys. Each has an owner
// and a credential that ends, except where a fault is planted.
import type { Workload } from '@countersign/contract/documents'
import type { ProgramGroup } from './groups.ts'
import { dayMs, startOfDay } from './people.ts'
import type { Random } from './random.ts'

/** 2,500 in all. */
const workloadCounts = {
  service: 620,
  machine: 1249,
  shared: 31,
  'api-key': 600,
} as const

/** Services whose credential never expires: a planted fault. */
const servicesWithoutExpiry = 89
/** Services that were switched off and kept. */
const retiredServices = 25

const systems = [
  ['lab', 'Laboratory', 'laboratory'],
  ['rad', 'Imaging', 'radiology'],
  ['rec', 'Patient record', 'quality'],
  ['adt', 'Admission messages', 'patient-services'],
  ['pharm', 'Pharmacy', 'pharmacy'],
  ['fin', 'Finance', 'finance'],
  ['hr', 'Personnel', 'people'],
  ['backup', 'Backup', 'technology'],
  ['mail', 'Mail', 'technology'],
  ['print', 'Printing', 'technology'],
  ['scan', 'Scanning', 'security'],
  ['build', 'Build', 'technology'],
  ['db', 'Database', 'technology'],
  ['bms', 'Building control', 'facilities'],
  ['learn', 'Learning', 'people'],
  ['study', 'Research data', 'research'],
] as const

const purposes = [
  ['sync', 'copies changes to the warehouse every night'],
  ['job', 'runs scheduled work'],
  ['api', 'answers other systems'],
  ['agent', 'watches and reports'],
  ['import', 'takes files in'],
  ['export', 'sends files out'],
  ['index', 'keeps the search fresh'],
] as const

const sharedPlaces =
  words(`reception-main reception-north reception-emergency ward-4-desk ward-5-desk
  ward-6-desk ward-7-desk theatre-1-desk theatre-2-desk theatre-3-desk pharmacy-hatch pharmacy-night
  lab-bench-1 lab-bench-2 lab-bench-3 imaging-console-ct imaging-console-mr imaging-console-xray
  kitchen-main kitchen-north porters-lodge security-gate boardroom training-room-1 training-room-2
  switchboard blood-bank mortuary stores-dock estates-workshop on-call-flat`)

const apiTargets: readonly (readonly [ProgramGroup | undefined, string, number])[] = [
  ['laboratory-interfaces', 'lab-results', 3],
  ['exchange-interfaces', 'exchange', 3],
  ['messaging-interfaces', 'messages', 4],
  [undefined, 'reporting', 5],
  [undefined, 'website', 2],
]

/** Every program's identity. `ownerOf` gives the head of a department. */
export function generateWorkloads(
  random: Random,
  ownerOf: (department: string) => string,
  now: number,
): Workload[] {
  const today = startOfDay(now)
  const expiry = (minDays: number, maxDays: number): number =>
    today + random.between(minDays, maxDays) * dayMs
  return [
    ...services(random, ownerOf, expiry),
    ...machines(random, ownerOf, expiry),
    ...sharedPlaces.map((place): Workload => ({
      id: place,
      name: sentence(place),
      class: 'shared',
      owner: ownerOf('technology'),
      purpose: 'several people sign in with it at one place',
      credentialExpiresAt: expiry(5, 90),
      active: true,
      groups: [],
    })),
    ...keys(random, ownerOf, expiry),
  ]
}

type Expiry = (minDays: number, maxDays: number) => number

function services(
  random: Random,
  ownerOf: (department: string) => string,
  expiry: Expiry,
): Workload[] {
  const withoutExpiry = new Set(
    random.sample(
      Array.from({ length: workloadCounts.service - retiredServices }, (_, index) => index),
      servicesWithoutExpiry,
    ),
  )
  return Array.from({ length: workloadCounts.service }, (_, index) => {
    const [system, systemName, department] = random.pick(systems)
    const [kind, purpose] = random.pick(purposes)
    const active = index < workloadCounts.service - retiredServices
    return {
      id: `svc-${system}-${kind}-${pad(index + 1)}`,
      name: `${systemName} ${kind} ${index + 1}`,
      class: 'service',
      owner: ownerOf(department),
      purpose,
      ...(withoutExpiry.has(index) ? {} : { credentialExpiresAt: expiry(12, 360) }),
      active,
      groups: active ? serviceGroups(system) : [],
    }
  })
}

function serviceGroups(system: (typeof systems)[number][0]): ProgramGroup[] {
  if (system === 'lab' || system === 'rec') return ['laboratory-interfaces']
  if (system === 'adt' || system === 'rad') return ['exchange-interfaces']
  return system === 'mail' ? ['messaging-interfaces'] : []
}

function machines(
  random: Random,
  ownerOf: (department: string) => string,
  expiry: Expiry,
): Workload[] {
  const kinds = [
    ['monitor', 'Bedside monitor', 'intensive-care', 'reports heart, breath and pressure'],
    ['pump', 'Infusion pump', 'intensive-care', 'reports what it infuses'],
    ['server', 'Server', 'technology', 'runs applications'],
    ['printer', 'Printer', 'technology', 'prints'],
    ['kiosk', 'Check-in kiosk', 'outpatients', 'lets patients check in'],
    ['sensor', 'Building sensor', 'facilities', 'reports temperature and doors'],
  ] as const
  const weights = [3, 3, 2, 2, 1, 2]
  const choices = kinds.map((kind, index) => [kind, weights[index] ?? 1] as const)
  return Array.from({ length: workloadCounts.machine }, (_, index) => {
    const [kind, name, department, purpose] = random.weighted(choices)
    const bedside = kind === 'monitor' || kind === 'pump'
    return {
      id: `${kind}-${pad(index + 1)}`,
      name: `${name} ${index + 1}`,
      class: 'machine',
      owner: ownerOf(department),
      purpose,
      credentialExpiresAt: expiry(20, 700),
      active: true,
      groups: bedside ? ['bedside-monitors'] : [],
    }
  })
}

function keys(random: Random, ownerOf: (department: string) => string, expiry: Expiry): Workload[] {
  return Array.from({ length: workloadCounts['api-key'] }, (_, index) => {
    const [group, target] = random.weighted(apiTargets.map((row) => [row, row[2]] as const))
    const [, systemName, department] = random.pick(systems)
    return {
      id: `key-${target}-${pad(index + 1)}`,
      name: `${systemName} key for ${target} ${index + 1}`,
      class: 'api-key',
      owner: ownerOf(department),
      purpose: `lets ${systemName.toLowerCase()} call ${target}`,
      // A few ended weeks ago and are still tried.
      credentialExpiresAt: random.chance(0.03) ? expiry(-90, -30) : expiry(10, 360),
      active: true,
      groups: group === undefined ? [] : [group],
    }
  })
}

function pad(number: number): string {
  return String(number).padStart(4, '0')
}

function sentence(id: string): string {
  return id.charAt(0).toUpperCase() + id.slice(1).replaceAll('-', ' ')
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/)
}
