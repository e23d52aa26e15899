// How a program showed which workload it is, and what policies see of that.
import type { RecordJson } from '@countersign/policy/json'
import { ageSeconds } from './facts.ts'

/** `mtls`: a client certificate; `svid`: a token of its trust domain; `token`: one of ours. */
type WorkloadMethod = 'mtls' | 'svid' | 'token'

export interface WorkloadCredential {
  readonly method: WorkloadMethod
  /**
   * Whether it is worthless to whoever merely saw it: a certificate, or a token bound to a key or to
   * a certificate.
   */
  readonly isBound: boolean
  /** When it was issued, or shown where it proves itself anew; in milliseconds since the epoch. */
  readonly observedAt: number
}

/** In the words that policies have for people: what is bound cannot be phished either. */
export function credentialContext(
  { method, isBound, observedAt }: WorkloadCredential,
  nowMs: number,
): RecordJson {
  return {
    method,
    strength: isBound ? 3 : 1,
    phishingResistant: isBound,
    ageSeconds: ageSeconds(observedAt, nowMs),
    provenance: 'reported',
  }
}
