// Devices, and how each behaves over time: how often it reports, what is wrong with it and since
// when, and when it fell silent. What is known about a device at a moment follows from that, for
// today's inventory and for every moment of the last four weeks alike.
import type { Device } from '@countersign/contract/documents'
import { type DeviceFactName, deviceFactNames, type Provenance } from '@countersign/contract/facts'
import type { Member } from './people.ts'
import { type Persona, personas } from './personas.ts'
import type { Random } from './random.ts'
import { roles } from './roles.ts'

/** A device and its behaviour. Times are in milliseconds since the epoch. */
export interface DeviceProfile {
  readonly device: Omit<Device, 'facts'>
  readonly provenance: Provenance
  /** It reports at `reportOffsetMs` and then every `reportEveryMs`. */
  readonly reportEveryMs: number
  readonly reportOffsetMs: number
  /** Facts nobody ever observes on it. */
  readonly unobserved: readonly DeviceFactName[]
  /** Checks that fail, from a moment on and, where repaired, until another. */
  readonly faults: readonly Fault[]
  /** From when on nothing was heard of it. */
  readonly silentSince?: number
}

interface Fault {
  readonly fact: DeviceFactName
  readonly from: number
  readonly to: number
}

const deviceCount = 900
const terminalCount = 164
const hourMs = 3_600_000

/** The device as it was known at a moment. */
export function deviceAt(profile: DeviceProfile, at: number): Device {
  const { device, provenance, unobserved, faults } = profile
  const observedAt = lastReport(profile, at)
  const facts = deviceFactNames
    .filter((name) => !unobserved.includes(name))
    .map((name) => {
      const failing = faults.some(
        ({ fact, from, to }) => fact === name && from <= observedAt && observedAt < to,
      )
      return [name, { value: !failing, observedAt, provenance }]
    })
  return { ...device, facts: Object.fromEntries(facts) as Device['facts'] }
}

/** Nine hundred devices: terminals of the wards, computers of people, and their telephones. */
export function generateDevices(
  random: Random,
  members: readonly Member[],
  now: number,
): DeviceProfile[] {
  const wards = members.filter(({ role }) => roles[role].rhythm === 'ward')
  const profiles = Array.from({ length: terminalCount }, (_, index) =>
    healthy(random, {
      id: `terminal-${pad(index + 1)}`,
      name: `Ward terminal ${pad(index + 1)}, ${random.pick(wards).person.department ?? ''}`,
      ownership: 'corporate',
      platform: 'windows',
    }),
  )
  const owners = members.filter(
    ({ role, person }) => roles[role].ownDevice || personas.some(({ id }) => id === person.id),
  )
  for (const [index, owner] of owners.entries()) profiles.push(computer(random, owner, index + 1))
  const telephones = random.sample(
    owners.filter(
      ({ person }) => person.class === 'employee' && !personas.some(({ id }) => id === person.id),
    ),
    deviceCount - profiles.length,
  )
  for (const [index, { person }] of telephones.entries()) {
    profiles.push(
      healthy(random, {
        id: `phone-${pad(index + 1)}`,
        name: `${person.name}'s telephone`,
        owner: person.id,
        ownership: 'corporate',
        platform: random.chance(0.6) ? 'ios' : 'android',
      }),
    )
  }
  return profiles.map((profile) => withTrouble(random, profile, now))
}

function computer(random: Random, { person, role }: Member, number: number): DeviceProfile {
  const external = person.class === 'partner'
  const technical = roles[role].functions.some((it) => it === 'technology-staff')
  const platform = random.weighted([
    ['windows', technical ? 4 : 9],
    ['macos', technical ? 3 : 1],
    ['linux', technical ? 3 : 0],
  ] as const)
  const profile = healthy(random, {
    id: `${external ? 'external' : 'laptop'}-${pad(number)}`,
    name: `${person.name}'s ${external ? 'own computer' : 'laptop'}`,
    owner: person.id,
    ownership: external ? 'personal' : 'corporate',
    platform,
  })
  return external ? { ...profile, provenance: 'self-reported', unobserved: ['managed'] } : profile
}

function healthy(random: Random, device: Omit<Device, 'facts'>): DeviceProfile {
  const reportEveryMs = random.weighted([
    [hourMs, 2],
    [4 * hourMs, 6],
    [8 * hourMs, 2],
  ])
  return {
    device,
    provenance: random.chance(0.35) ? 'attested' : 'reported',
    reportEveryMs,
    reportOffsetMs: random.between(0, reportEveryMs - 1),
    unobserved: [],
    faults: [],
  }
}

// About one device in six is in some trouble now or was during the last four weeks.
function withTrouble(random: Random, profile: DeviceProfile, now: number): DeviceProfile {
  const persona = personas.find(({ id }) => id === profile.device.owner)
  if (persona) return personaDevice(profile, persona)
  const ago = (min: number, max: number): number =>
    now - random.between(min * 24, max * 24) * hourMs
  const trouble = random.weighted([
    ['none', 84],
    ['silent', 4],
    ['failing', 5],
    ['repaired', 4],
    ['unobserved', 3],
  ] as const)
  switch (trouble) {
    case 'none':
      return profile
    case 'silent':
      return { ...profile, silentSince: ago(2, 25) }
    case 'failing':
      return { ...profile, faults: [{ fact: failingFact(random), from: ago(1, 60), to: never }] }
    case 'repaired': {
      const from = ago(6, 26)
      const to = from + random.between(6, 100) * hourMs
      return { ...profile, faults: [{ fact: failingFact(random), from, to }] }
    }
    case 'unobserved':
      return {
        ...profile,
        unobserved: [
          ...profile.unobserved,
          random.pick(['endpointProtection', 'screenLock', 'firewall'] as const),
        ],
      }
  }
}

function personaDevice(profile: DeviceProfile, { device }: Persona): DeviceProfile {
  const steady = { ...profile, reportEveryMs: 10 * 60_000, reportOffsetMs: 0 }
  const always = (fact: DeviceFactName): DeviceProfile => ({
    ...steady,
    provenance: 'reported',
    faults: [{ fact, from: 0, to: never }],
  })
  switch (device) {
    case 'healthy':
      return { ...steady, provenance: 'attested' }
    case 'unlocked':
      return always('screenLock')
    case 'unencrypted':
      return always('diskEncryption')
    case 'own':
      return steady
  }
}

const never = 8_640_000_000_000_000

function failingFact(random: Random): DeviceFactName {
  return random.weighted([
    ['supportedSystem', 4],
    ['endpointProtection', 3],
    ['diskEncryption', 2],
    ['firewall', 2],
    ['screenLock', 3],
  ] as const)
}

function lastReport(profile: DeviceProfile, at: number): number {
  const { reportEveryMs, reportOffsetMs, silentSince } = profile
  const until = silentSince === undefined ? at : Math.min(at, silentSince)
  return Math.floor((until - reportOffsetMs) / reportEveryMs) * reportEveryMs + reportOffsetMs
}

function pad(number: number): string {
  return String(number).padStart(4, '0')
}
