// One shape for every access, whichever way it came in, and the context that policies see.
// An adapter for another proxy translates its protocol into an `AccessRequest` and does nothing else.
import type { RecordJson } from '@countersign/policy/json'
import type { EntityUid } from '@countersign/policy/syntax'
import type { AccessAction } from './actions.ts'
import { type Device, type Session, strengths } from './documents.ts'
import { anonymous, datetime, entityTypes, uid } from './entities.ts'
import { ageSeconds, deviceFactNames, deviceFacts, isCurrent, otherFacts } from './facts.ts'
import { credentialContext, type WorkloadCredential } from './workload-credential.ts'

/** `oidc` and `saml`: an application asks us who someone is, and is answered or not. */
type Protocol = 'http' | 'websocket' | 'tunnel' | 'ext_authz' | 'api' | 'oidc' | 'saml'

/** An access as the enforcement point understood it, after the ambiguous was refused. */
export interface AccessRequest {
  readonly action: AccessAction
  /** The application whose route the enforcement point selected. */
  readonly application: string
  readonly protocol: Protocol
  readonly method: string
  readonly host: string
  /** Canonical path, without the query. */
  readonly path: string
  /** The client's address, IPv4 or IPv6 text. */
  readonly address: string
  readonly zone?: { readonly name: string; readonly observedAt: number }
}

/** Who asks, with what the snapshot knows about their sign-in and device. */
export type Subject =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'person'; readonly session: Session; readonly device: Device | undefined }
  | {
      readonly kind: 'workload'
      readonly id: string
      /** How it showed that; nothing where the machine itself vouches for it. */
      readonly credential?: WorkloadCredential
    }

export function principalOf(subject: Subject): EntityUid {
  switch (subject.kind) {
    case 'anonymous':
      return anonymous
    case 'person':
      return uid('person', subject.session.person)
    case 'workload':
      return uid('workload', subject.id)
  }
}

/** The part of an access that context is made of. */
export type Circumstances = Pick<
  AccessRequest,
  'protocol' | 'method' | 'host' | 'path' | 'address' | 'zone'
>

/** The Cedar context: only facts that still count, each with its age and provenance. */
export function contextOf(
  subject: Subject,
  circumstances: Circumstances,
  nowMs: number,
): RecordJson {
  const { protocol, method, host, path, address, zone } = circumstances
  const context: Record<string, RecordJson[string]> = {
    network: {
      address: { __extn: { fn: 'ip', arg: address } },
      ...(zone && isCurrent(zone.observedAt, nowMs, otherFacts['network.zone'].maxAgeMs)
        ? { zone: zone.name }
        : {}),
    },
    request: { protocol, method, host, path },
    time: timeOf(nowMs),
  }
  if (subject.kind === 'workload' && subject.credential !== undefined) {
    context['authentication'] = credentialContext(subject.credential, nowMs)
  }
  if (subject.kind !== 'person') return context

  const { session, device } = subject
  context['session'] = { ageSeconds: ageSeconds(session.startedAt, nowMs) }
  const {
    method: how,
    phishingResistant,
    observedAt,
    provenance,
    provider,
  } = session.authentication
  if (isCurrent(observedAt, nowMs, otherFacts.authentication.maxAgeMs)) {
    context['authentication'] = {
      method: how,
      strength: strengths[how],
      phishingResistant,
      ageSeconds: ageSeconds(observedAt, nowMs),
      provenance,
      ...(provider === undefined ? {} : { provider }),
    }
  }
  if (device) context['device'] = deviceContext(device, nowMs)
  return context
}

/**
 * The same context as if the person had just signed in again on the same device, with a passkey or,
 * where they have one, with a hardware key.
 */
export function withFresh(
  context: RecordJson,
  authentication: typeof freshPasskey | typeof freshHardwareKey,
): RecordJson {
  return { ...context, authentication }
}

/** An authentication with a passkey at this moment. */
export const freshPasskey = {
  method: 'passkey',
  strength: strengths.passkey,
  phishingResistant: true,
  ageSeconds: 0,
  provenance: 'attested',
} as const satisfies RecordJson

/** An authentication with a hardware key at this moment. */
export const freshHardwareKey = {
  ...freshPasskey,
  method: 'hardware-key',
  strength: strengths['hardware-key'],
} as const satisfies RecordJson

/** The facts of a device that still count. */
export function deviceContext(device: Device, nowMs: number): RecordJson {
  const facts: Record<string, RecordJson[string]> = {
    id: { __entity: { type: entityTypes.device, id: device.id } },
  }
  for (const name of deviceFactNames) {
    const fact = device.facts[name]
    if (fact && isCurrent(fact.observedAt, nowMs, deviceFacts[name].maxAgeMs)) {
      facts[name] = {
        value: fact.value,
        ageSeconds: ageSeconds(fact.observedAt, nowMs),
        provenance: fact.provenance,
      }
    }
  }
  return facts
}

/** The moment as policies see it. */
export function timeOf(nowMs: number): RecordJson {
  const now = new Date(nowMs)
  return {
    now: datetime(nowMs),
    weekday: ((now.getUTCDay() + 6) % 7) + 1,
    hour: now.getUTCHours(),
  }
}
