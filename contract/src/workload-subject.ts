// Whom a verified credential of a program makes it, with the facts of the moment: a workload that is
// there and active, or nobody in particular.
import type { AccessTokenClaims } from './access-token.ts'
import type { Workload } from './documents.ts'
import type { Estate } from './estate.ts'
import type { Subject } from './request.ts'
import type { WorkloadCredential } from './workload-credential.ts'
import { isSameFederation, type WorkloadFederation } from './workload-federation.ts'

type Facts = Pick<Estate, 'get' | 'workloads'>

/** The workload for which such tokens stand; undefined where none is active. */
export function workloadOf(federation: WorkloadFederation, facts: Facts): Workload | undefined {
  return active(facts.workloads.byFederation(federation), facts)
}

/** The subject that a SPIFFE ID names. */
export function subjectOfSpiffeId(
  spiffeId: string,
  credential: WorkloadCredential,
  facts: Facts,
): Subject {
  return subjectOf(active(facts.workloads.bySpiffeId(spiffeId), facts), credential)
}

/**
 * The subject of an access token. What the workload showed for it must stand for it still: to take
 * a federation away is to end what was issued on it.
 */
export function subjectOfAccessToken(
  { sub, federation }: Pick<AccessTokenClaims, 'sub' | 'federation'>,
  credential: WorkloadCredential,
  facts: Facts,
): Subject {
  const workload = active(sub, facts)
  const stands = workload?.federations?.some((it) => isSameFederation(it, federation)) ?? false
  return subjectOf(stands ? workload : undefined, credential)
}

function active(id: string | undefined, facts: Facts): Workload | undefined {
  const workload = id === undefined ? undefined : facts.get('workload', id)
  return workload?.active === true ? workload : undefined
}

function subjectOf(workload: Workload | undefined, credential: WorkloadCredential): Subject {
  return workload === undefined
    ? { kind: 'anonymous' }
    : { kind: 'workload', id: workload.id, credential }
}
