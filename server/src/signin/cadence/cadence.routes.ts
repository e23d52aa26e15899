// Looking at the cadence, and changing it. What is changed becomes a release in the same
// transaction, so that table and policies can never say different things.
import { cadenceApi } from '@countersign/contract/api/cadence'
import { frictionApi } from '@countersign/contract/api/friction'
import { type Cadence, defaultCadence, demandOf } from '@countersign/contract/cadence'
import { newId } from '@countersign/contract/ids'
import { problem } from '@countersign/contract/problems'
import { compilePolicies } from '@countersign/policy/engine'
import type { PolicySyntax } from '@countersign/policy/syntax'
import type { Estate } from '@countersign/contract/estate'
import type { Transaction } from 'kysely'
import { actorOf } from '#http/caller'
import type { Dependencies } from '#http/dependencies'
import type { Exchange } from '#http/implement'
import { type Implementation, implement } from '#http/implement'
import type { Draft } from '#journal/journal.store'
import { isOwn, nextRelease, readSet, type ReadPolicies, releaseDraft } from '#policies/release'
import type { Database } from '#store/database'
import { takeTurn } from '#signin/turn.store'
import {
  cadenceId,
  type CadenceDocument,
  cadenceKind,
  changedCadence,
  readCadence,
} from './cadence.store.ts'
import { type Exclusion, exclusionKind, exclusionMaxAgeMs } from './exclusion.ts'
import { readExclusions } from './exclusion.store.ts'
import { cadenceFile, cadenceFileName } from './policies.ts'

export interface CadenceDependencies extends Pick<
  Dependencies,
  'store' | 'ledger' | 'now' | 'randomBytes'
> {
  readonly readPolicies: ReadPolicies
}

/** What answers `cadenceApi`, and the exclusions of `frictionApi`. */
export function cadenceRoutes(deps: CadenceDependencies): readonly Implementation[] {
  const { store, ledger } = deps
  return [
    implement(cadenceApi.cadence, async () => {
      const changed = await changedCadence(store.db)
      return {
        cadence: changed ?? defaultCadence,
        isDefault: changed === undefined,
        policies: releasedPolicies(ledger.estate)
          .filter(({ id }) => demandOf(id) !== undefined)
          .map(({ id, text, annotations }) => ({ id, title: annotations['title'] ?? id, text })),
      }
    }),

    implement(cadenceApi.setCadence, async ({ body }, exchange) => {
      const after: CadenceDocument = { id: cadenceId, cadence: body }
      const draft: Draft = {
        event: 'identity.cadence.changed',
        kind: cadenceKind,
        id: cadenceId,
        after,
      }
      return releaseWith(deps, exchange, async (tx) => ({
        draft,
        cadence: body,
        exclusions: await readExclusions(tx),
      }))
    }),

    implement(frictionApi.addExclusion, async ({ body }, exchange) => {
      const { now } = exchange
      const { subject, owner, endsAt, reason } = body
      refuseUnfit(ledger.estate, body, now)
      const id = newId('mfaExclusion', { now: () => now, randomBytes: deps.randomBytes })
      const after: Exclusion = { id, subject, owner, reason, since: now, endsAt }
      const draft: Draft = { event: 'identity.mfa-exclusion.put', kind: exclusionKind, id, after }
      await releaseWith(deps, exchange, async (tx) => ({
        draft,
        cadence: await readCadence(tx),
        exclusions: [...(await readExclusions(tx)), after],
      }))
      return { id }
    }),

    implement(frictionApi.endExclusion, async ({ params }, exchange) => {
      const { exclusion: id } = params
      const draft: Draft = {
        event: 'identity.mfa-exclusion.ended',
        kind: exclusionKind,
        id,
        after: null,
      }
      await releaseWith(deps, exchange, async (tx) => {
        const exclusions = await readExclusions(tx)
        const left = exclusions.filter((it) => it.id !== id)
        if (left.length === exclusions.length) {
          throw problem('identity.not_found', `there is no exclusion \`${id}\``)
        }
        return { draft, cadence: await readCadence(tx), exclusions: left }
      })
      return {}
    }),
  ]
}

interface Changed {
  readonly draft: Draft
  readonly cadence: Cadence
  readonly exclusions: readonly Exclusion[]
}

/** Records a change and the release that follows from it. */
async function releaseWith(
  { ledger, readPolicies, ...ids }: CadenceDependencies,
  { caller, now, reply }: Exchange,
  change: (tx: Transaction<Database>) => Promise<Changed>,
): Promise<{ readonly release: number }> {
  const { estate } = ledger
  const author = actorOf(caller)
  let number = estate.release?.number ?? 0
  const { sequence } = await ledger.write(author, async (tx) => {
    await takeTurn(tx)
    const { draft, cadence, exclusions } = await change(tx)
    const made = await readSet([cadenceFile(cadence, exclusions)], readPolicies)
    const others = releasedPolicies(estate).filter(({ file }) => file !== cadenceFileName)
    const before = others.filter(isBefore)
    const policies = [...before, ...made, ...others.filter((policy) => !isBefore(policy))]
    // What a gateway could not compile must not reach one.
    compilePolicies(policies)
    const release = nextRelease(policies, estate.release, { author, at: now, ids })
    number = release.number
    return [draft, releaseDraft(release)]
  })
  reply.sequence(sequence)
  return { release: number }
}

// The product's own policies stand first, by the names of their files.
function isBefore(policy: Pick<PolicySyntax, 'file'>): boolean {
  return isOwn(policy) && (policy.file ?? '') < cadenceFileName
}

function releasedPolicies({ release }: Pick<Estate, 'release'>): readonly PolicySyntax[] {
  return release?.policies ?? []
}

function refuseUnfit(
  estate: Estate,
  { subject, owner, endsAt }: Pick<Exclusion, 'subject' | 'owner' | 'endsAt'>,
  now: number,
): void {
  const unfit = (detail: string): Error => problem('identity.exclusion_refused', detail)
  if (!estate.get(subject.kind, subject.id)) {
    throw unfit(`there is no ${subject.kind} \`${subject.id}\``)
  }
  if (!estate.get('person', owner)) throw unfit(`there is no person \`${owner}\``)
  if (subject.kind === 'person' && subject.id === owner) {
    throw unfit('nobody answers for their own exclusion')
  }
  if (endsAt <= now) throw unfit('the end has passed already')
  if (endsAt > now + exclusionMaxAgeMs) throw unfit('an exclusion lasts a year at most')
}
