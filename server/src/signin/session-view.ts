// A session as people are shown it: where, since when, how it was proved, and when it ends.
import type { SessionView } from '@countersign/contract/api/sessions'
import { isExemptFromSweeps } from '@countersign/contract/break-glass'
import { type Session, strengths } from '@countersign/contract/documents'
import type { Estate } from '@countersign/contract/estate'
import type { KeptSighting } from './sighting.store.ts'

export function viewOf(
  session: Session,
  kept: KeptSighting | undefined,
  { estate, idleMs }: { readonly estate: Estate; readonly idleMs: number },
): SessionView {
  const { id, startedAt, endsAt, parent, device, contestedAt } = session
  const lastUsedAt = lastUseOf(session, kept)
  const known = device === undefined ? undefined : estate.get('device', device)
  const isExempt = isExemptFromSweeps(estate.get('person', session.person))
  return {
    id,
    kind: parent === undefined ? 'browser' : 'program',
    startedAt,
    endsAt,
    ...(isExempt ? {} : { idleEndsAt: Math.min(endsAt, lastUsedAt + idleMs) }),
    lastUsedAt,
    proof: proofOf(session),
    ...(kept === undefined ? {} : { seen: kept.seen }),
    ...(known === undefined ? {} : { device: { id: known.id, name: known.name } }),
    ...(contestedAt === undefined ? {} : { contestedAt }),
  }
}

/** When a session was used last, to about a minute: a sign-in is a use as well. */
function lastUseOf({ startedAt, authentication }: Session, kept: KeptSighting | undefined): number {
  return Math.max(startedAt, authentication.observedAt, kept?.lastUsedAt ?? 0)
}

/** How it was proved who somebody is. */
export function proofOf({ authentication }: Pick<Session, 'authentication'>): SessionView['proof'] {
  const { method, phishingResistant, observedAt, provider } = authentication
  return {
    method,
    strength: strengths[method],
    phishingResistant,
    observedAt,
    ...(provider === undefined ? {} : { provider }),
  }
}
