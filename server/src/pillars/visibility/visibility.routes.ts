// What happened, and what is happening.
import { visibilityApi } from '@countersign/contract/api/visibility'
import { problem } from '@countersign/contract/problems'
import { implement, type Implementation } from '#http/implement'
import type { Dependencies } from '#http/dependencies'
import { readReleasePolicies } from '#policies/release.store'
import type { Gateways } from '#pillars/networks/gateways'
import { policiesNamed } from './decisions.ts'
import { listDecisions, readDecision } from './decisions.store.ts'
import type { DecisionLog } from './log.ts'
import { countDecisions, hoursSince, refusedMost } from './overview.store.ts'

export interface VisibilityDependencies extends Pick<
  Dependencies,
  'store' | 'ledger' | 'settings'
> {
  readonly decisions: DecisionLog
  readonly gateways: Gateways
}

const hourMs = 3_600_000
const overviewMs = 7 * 24 * hourMs

export function visibilityRoutes(dependencies: VisibilityDependencies): readonly Implementation[] {
  const { store, decisions } = dependencies
  return [
    implement(visibilityApi.decisions, async ({ query: { before, limit, ...filter } }) => {
      const found = await listDecisions(store.db, filter, { before, limit })
      const last = found.at(-1)
      return {
        decisions: [...found],
        ...(last && found.length === limit ? { next: last.id } : {}),
      }
    }),
    implement(visibilityApi.stream, async ({ query }, { signal }) =>
      decisions.watch(query, signal),
    ),
    implement(visibilityApi.decision, async ({ params: { decision: id } }) => {
      const record = await readDecision(store.db, id)
      if (!record) {
        throw problem('visibility.decision_not_found', `no decision has the id \`${id}\``)
      }
      const policies = await readReleasePolicies(store.db, record.release, policiesNamed(record))
      return { record, policies: [...policies] }
    }),
    implement(visibilityApi.overview, async (_, { now }) => overview(dependencies, now)),
  ]
}

async function overview(
  { store, ledger, settings, gateways }: VisibilityDependencies,
  now: number,
) {
  const { estate } = ledger
  const since = Math.floor((now - overviewMs) / hourMs) * hourMs + hourMs
  const { release } = estate
  const [decisions, hours, refused] = await Promise.all([
    countDecisions(store.db),
    hoursSince(store.db, since),
    refusedMost(store.db, since),
  ])
  return {
    organisation: settings.organisation,
    at: now,
    counts: {
      people: estate.count('person'),
      workloads: estate.count('workload'),
      groups: estate.count('group'),
      devices: estate.count('device'),
      applications: estate.count('application'),
      hosts: estate.count('host'),
      datasets: estate.count('dataset'),
      sessions: estate.all('session').filter(({ endsAt }) => endsAt > now).length,
      policies: release?.policies.length ?? 0,
      decisions,
    },
    ...(release
      ? { release: { id: release.id, number: release.number, createdAt: release.createdAt } }
      : {}),
    gateways: gateways.all().map(({ id, name, enrolledAt }) => {
      const { seenAt = enrolledAt, sequence = 0, health } = gateways.sightingOf(id) ?? {}
      const behind = Math.max(0, ledger.sequence - sequence)
      return { id, name, seenAt, sequence, behind, failing: [...(health?.failing ?? [])] }
    }),
    hours: everyHour(hours, since, now),
    refusedMost: refused.map(({ application, deny, total }) => ({
      application,
      name: estate.get('application', application)?.name ?? application,
      deny,
      total,
    })),
  }
}

function everyHour<H extends { readonly at: number }>(
  hours: readonly H[],
  since: number,
  now: number,
): (H | { at: number; allow: number; deny: number; stepUp: number })[] {
  const byStart = new Map(hours.map((hour) => [hour.at, hour]))
  const all = []
  for (let at = since; at <= now; at += hourMs) {
    all.push(byStart.get(at) ?? { at, allow: 0, deny: 0, stepUp: 0 })
  }
  return all
}
