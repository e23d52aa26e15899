// The facts a decision rested on, read back from its recorded context: value, age, how it is
// known, and for how long such a fact counts. A fact that did not count is listed as absent,
// because its absence is often the reason.
import {
  deviceFactNames,
  deviceFacts,
  otherFacts,
  type Provenance,
} from '@countersign/contract/facts'
import { methodWords } from './authentication.ts'
import { isProvenance } from './provenance.ts'

export interface FactRow {
  /** Where policies find it. */
  readonly path: string
  readonly label: string
  readonly meaning: string
  /** In words; undefined where the fact was absent. */
  readonly value: string | undefined
  /** For yes-or-no facts. */
  readonly holds: boolean | undefined
  readonly ageSeconds: number | undefined
  readonly provenance: Provenance | undefined
  readonly maxAgeMs: number | undefined
}

export interface FactGroup {
  readonly title: string
  /** The device the facts are about. */
  readonly device?: string
  readonly facts: readonly FactRow[]
}

type Context = Readonly<Record<string, unknown>>

/** Labels of the device facts; their meanings are in the contract. */
export const deviceFactLabels: Readonly<Record<keyof typeof deviceFacts, string>> = {
  managed: 'Managed',
  diskEncryption: 'Disk encryption',
  firewall: 'Firewall',
  screenLock: 'Screen lock',
  supportedSystem: 'Supported system',
  endpointProtection: 'Endpoint protection',
}

/** The facts of a recorded context, grouped by what they are about. */
export function factsOf(context: Context, principalType: string): readonly FactGroup[] {
  const groups: FactGroup[] = []
  if (principalType === 'Person') {
    groups.push({ title: 'Sign-in', facts: [authentication(context), session(context)] })
    groups.push(device(context))
  }
  groups.push({ title: 'Network', facts: [zone(context)] })
  return groups
}

/** Whether one of these policy texts reads the fact, by `.` or by `has`. */
export function isReadBy({ path }: Pick<FactRow, 'path'>, texts: readonly string[]): boolean {
  const cut = path.lastIndexOf('.')
  const [owner, name] = [path.slice(0, cut), path.slice(cut + 1)].map((part) =>
    part.replaceAll('.', String.raw`\.`),
  )
  const reads = new RegExp(String.raw`\b${owner}(?:\.|\s+has\s+)${name}\b`)
  return texts.some((text) => reads.test(text))
}

function authentication(context: Context): FactRow {
  const found = recordAt(context, 'authentication')
  const method = found?.['method']
  const resists = found?.['phishingResistant'] === true
  return {
    path: 'context.authentication',
    label: 'Authentication',
    meaning: otherFacts.authentication.meaning,
    value:
      typeof method === 'string'
        ? `${Object.entries(methodWords).find(([name]) => name === method)?.[1] ?? method}, ${resists ? 'resists phishing' : 'can be phished'}`
        : undefined,
    holds: undefined,
    ageSeconds: numberAt(found, 'ageSeconds'),
    provenance: provenanceAt(found),
    maxAgeMs: otherFacts.authentication.maxAgeMs,
  }
}

function session(context: Context): FactRow {
  const age = numberAt(recordAt(context, 'session'), 'ageSeconds')
  return {
    path: 'context.session',
    label: 'Session',
    meaning: 'how long the person has been signed in',
    value: age === undefined ? undefined : 'Signed in',
    holds: undefined,
    ageSeconds: age,
    provenance: undefined,
    maxAgeMs: undefined,
  }
}

function device(context: Context): FactGroup {
  const found = recordAt(context, 'device')
  const id = recordAt(recordAt(found, 'id'), '__entity')?.['id']
  if (!found) return { title: 'Device', facts: [unknownDevice] }
  return {
    title: 'Device',
    ...(typeof id === 'string' ? { device: id } : {}),
    facts: deviceFactNames.map((name) => {
      const fact = recordAt(found, name)
      const holds = typeof fact?.['value'] === 'boolean' ? fact['value'] : undefined
      return {
        path: `context.device.${name}`,
        label: deviceFactLabels[name],
        meaning: deviceFacts[name].meaning,
        value: holds === undefined ? undefined : holds ? 'Yes' : 'No',
        holds,
        ageSeconds: numberAt(fact, 'ageSeconds'),
        provenance: provenanceAt(fact),
        maxAgeMs: deviceFacts[name].maxAgeMs,
      }
    }),
  }
}

const unknownDevice: FactRow = {
  path: 'context.device',
  label: 'Device',
  meaning: 'no device is tied to this session',
  value: undefined,
  holds: undefined,
  ageSeconds: undefined,
  provenance: undefined,
  maxAgeMs: undefined,
}

function zone(context: Context): FactRow {
  const value = recordAt(context, 'network')?.['zone']
  return {
    path: 'context.network.zone',
    label: 'Zone',
    meaning: otherFacts['network.zone'].meaning,
    value: typeof value === 'string' ? value : undefined,
    holds: undefined,
    ageSeconds: undefined,
    provenance: undefined,
    maxAgeMs: otherFacts['network.zone'].maxAgeMs,
  }
}

/** The client's address in a recorded context, which writes it as a Cedar extension call. */
export function addressOf(context: Context): string | undefined {
  const address = recordAt(context, 'network')?.['address']
  if (typeof address === 'string') return address
  const argument = recordAt(recordAt(context, 'network'), 'address')?.['__extn']
  const value = isRecord(argument) ? argument['arg'] : undefined
  return typeof value === 'string' ? value : undefined
}

/** A text member of the recorded request, e.g. `protocol`. */
export function requestText(context: Context, name: string): string | undefined {
  const value = recordAt(context, 'request')?.[name]
  return typeof value === 'string' ? value : undefined
}

/** `GET payroll.localhost/runs`: what was asked for, as a line. */
export function requestLine(context: Context): string {
  const [method = '', host = '', path = ''] = ['method', 'host', 'path'].map((name) =>
    requestText(context, name),
  )
  return `${method} ${host}${path}`.trim()
}

function recordAt(value: unknown, name: string): Context | undefined {
  const member = isRecord(value) ? value[name] : undefined
  return isRecord(member) ? member : undefined
}

function numberAt(record: Context | undefined, name: string): number | undefined {
  const value = record?.[name]
  return typeof value === 'number' ? value : undefined
}

function provenanceAt(record: Context | undefined): Provenance | undefined {
  const value = record?.['provenance']
  return isProvenance(value) ? value : undefined
}

function isRecord(value: unknown): value is Context {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
