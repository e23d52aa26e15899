// A whole organisation at once: loading it, changing it, and asking it backwards.
import type { Authoring } from '@countersign/authoring/authoring'
import { whatMay, whoMay } from '@countersign/policy/access'
import { compilePolicies, decide } from '@countersign/policy/engine'
import { EntityStore } from '@countersign/policy/entities'
import { buildEstate, entitiesOf, parsePolicies, person } from './estate.ts'
import type { EstateQuery } from './estate.ts'
import { printRows } from './report.ts'
import type { Goal } from './report.ts'
import { ACTIONS, cedarText } from './rules.ts'
import { at, once, time } from './timing.ts'

const SIZE = { policies: 10_000, people: 100_000, applications: 3_000, queries: 100 }

// Permits for everyone, about whole tiers, that have to look at each person.
const BROAD = Array.from({ length: 20 }, (_, index) => {
  const days = 30 + index
  return `permit (principal is User, action, resource is App in Tier::"t0")
when { principal.clearance * ${days} > resource.tier * 40 + ${days + 20} && context.risk < ${index + 60} };`
})

export async function measureLargeEstate(
  authoring: Authoring,
  { samples, quick }: { readonly samples: number; readonly quick: boolean },
): Promise<Goal[]> {
  const estate = buildEstate(SIZE)
  const texts = [...estate.rules.map(cedarText), ...BROAD]
  const policies = compilePolicies(await parsePolicies(authoring, texts))
  const { result: store, ms: loadedMs } = once(() => EntityStore.load(entitiesOf(estate)))
  const groups = estate.groups.length
  const tiers = ['t0', 't1']
  const queries = tiers.map((tier) => {
    const found = estate.queries.find(({ resource }) =>
      estate.applications.some(
        ({ uid, parents }) => uid.id === resource.id && parents[0]?.id === tier,
      ),
    )
    if (found === undefined) throw new Error(`no question about ${tier}`)
    return found
  })
  const [broad, narrow] = queries as [EstateQuery, EstateQuery]
  for (const query of [broad, narrow]) prove(policies, store, query)

  const few = { runs: 1, samples: quick ? 3 : 9 }
  const who = (query: EstateQuery) => (): number =>
    [...whoMay(policies, store, query, ['User'])].length
  const actions = ACTIONS.map((id) => ({ type: 'Action', id }))
  const moved = await time('change one person', { runs: 200, samples }, (run) =>
    store.upsert(person((run * 7919) % SIZE.people, groups, run)),
  )
  const regrouped = await time('change one group', { runs: 200, samples }, (run) =>
    store.upsert(at(estate.groups, run)),
  )
  const whoBroad = await time('who may, where many may', few, who(broad))
  const whoNarrow = await time('who may, where few may', few, who(narrow))
  const what = await time(
    'what may one person do, 3,000 applications',
    few,
    () => [...whatMay(policies, store, broad, actions, ['App'])].length,
  )
  console.log(
    `\n${texts.length} policies, ${store.size} entities, loaded in ${Math.round(loadedMs)} ms; 100,000 people`,
  )
  printRows([moved, regrouped, whoBroad, whoNarrow, what])
  const slowest = Math.max(whoBroad.medianUs, whoNarrow.medianUs)
  return [
    { what: `load ${store.size} entities`, reached: loadedMs / 1000, unit: 's', atMost: 2 },
    { what: 'change one person', reached: moved.medianUs, unit: 'µs', atMost: 50 },
    { what: 'who may, 100,000 people', reached: slowest / 1e6, unit: 's', atMost: 1 },
  ]
}

/** Throws unless asking backwards finds exactly those whom a decision lets in. */
function prove(
  policies: Parameters<typeof decide>[0],
  store: EntityStore,
  query: EstateQuery,
): void {
  const found = new Set([...whoMay(policies, store, query, ['User'])].map(({ id }) => id))
  for (const principal of store.ofType('User')) {
    const { effect } = decide(policies, store, { ...query, principal }).effective
    if ((effect === 'allow') !== found.has(principal.id)) throw new Error(principal.shown)
  }
}
