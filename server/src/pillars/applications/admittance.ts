// Whom the policies would let into an application at the best of moments: just signed in with a
// passkey, on a device with every check passed. Asked of the same judge as every access.
import type { AccessAction } from '@countersign/contract/actions'
import type { Application, Device, Session } from '@countersign/contract/documents'
import { uid } from '@countersign/contract/entities'
import { type Estate, isPresent } from '@countersign/contract/estate'
import { deviceFactNames } from '@countersign/contract/facts'
import { freshPasskey, type Subject } from '@countersign/contract/request'

interface Permit {
  readonly id: string
  /** Its annotation `@review`, as it is written. */
  readonly review?: string
}

export interface Admittance {
  readonly people: number
  readonly programs: number
  /** How many of either were asked about. */
  readonly asked: number
  /** Whether more exist than were asked about. */
  readonly isCutShort: boolean
  /** Whether a visitor who has not signed in gets to the front page. */
  readonly anyone: boolean
  /** The policies that let them in, by id. */
  readonly permits: readonly Permit[]
}

/** Nobody else's request may wait longer than it takes to ask about this many. */
const askedMaxCount = 5_000

const asks: Readonly<Record<Application['kind'], AccessAction>> = {
  web: 'access',
  api: 'invoke',
  tcp: 'connect',
}

/** `now` is milliseconds since the epoch. */
export function admittance(estate: Estate, application: Application, now: number): Admittance {
  const permits = new Set<string>()
  const isAdmitted = (subject: Subject): boolean => {
    const { verdict, decision } = estate.judge({
      subject,
      action: asks[application.kind],
      resource: uid('application', application.id),
      circumstances: {
        protocol: application.kind === 'tcp' ? 'tunnel' : 'http',
        method: application.kind === 'tcp' ? 'CONNECT' : 'GET',
        host: application.hosts[0] ?? '',
        path: '/',
        address: '192.0.2.1',
      },
      now,
    })
    if (verdict !== 'allow') return false
    for (const id of decision.effective.determining) permits.add(id)
    return true
  }
  const anyone = isAdmitted({ kind: 'anonymous' })
  const everybody = estate.all('person').filter((person) => isPresent(person, now))
  const programs = estate.all('workload').filter(({ active }) => active)
  const asked = everybody.slice(0, askedMaxCount)
  const askedPrograms = programs.slice(0, askedMaxCount)
  const admitted = asked.filter(({ id }) => isAdmitted(atBest(id, now))).length
  const admittedPrograms = askedPrograms.filter(({ id }) => isAdmitted({ kind: 'workload', id }))
  const released = new Map(estate.release?.policies.map(({ id, annotations }) => [id, annotations]))
  return {
    people: admitted,
    programs: admittedPrograms.length,
    asked: asked.length + askedPrograms.length,
    isCutShort: asked.length < everybody.length || askedPrograms.length < programs.length,
    anyone,
    permits: [...permits].sort().map((id) => {
      const review = released.get(id)?.['review']
      return { id, ...(review === undefined ? {} : { review }) }
    }),
  }
}

function atBest(person: string, now: number): Subject {
  const { method, phishingResistant, provenance } = freshPasskey
  const session: Session = {
    id: 'ses_checklist',
    person,
    startedAt: now,
    endsAt: now + 1,
    authentication: { method, phishingResistant, provenance, observedAt: now },
  }
  const device: Device = {
    id: 'checklist',
    name: 'a device with every check passed',
    owner: person,
    ownership: 'corporate',
    platform: 'linux',
    facts: Object.fromEntries(
      deviceFactNames.map((name) => [name, { value: true, observedAt: now, provenance }]),
    ),
  }
  return { kind: 'person', session, device }
}
