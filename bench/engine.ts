// `node bench/engine.ts [--quick]`: the policy engine beside the official one and casbin, in one run
// on one thread. All must first give the same answers; only then is anything timed.
import { Authoring } from '@countersign/authoring/authoring'
import { compilePolicies, decide } from '@countersign/policy/engine'
import { EntityStore } from '@countersign/policy/entities'
import { explain } from '@countersign/policy/explain'
import { recordFromJson } from '@countersign/policy/json'
import { findRemedies } from '@countersign/policy/remedies'
import type { Change } from '@countersign/policy/remedies'
import { buildEstate, entitiesOf, parsePolicies, person } from './estate.ts'
import type { EstateEntity, EstateQuery, EstateSize } from './estate.ts'
import { measureLargeEstate } from './large-estate.ts'
import { casbin } from './peers/casbin.ts'
import { cedarWasm } from './peers/cedar-wasm.ts'
import { countersign } from './peers/countersign.ts'
import { proveEqual } from './peers/peer.ts'
import type { Peer } from './peers/peer.ts'
import { machine, printGoals, printRows } from './report.ts'
import type { Goal } from './report.ts'
import { cedarText } from './rules.ts'
import { at, once, time } from './timing.ts'
import type { Row } from './timing.ts'

const quick = process.argv.includes('--quick')
const samples = quick ? 21 : 101

const SIZES: readonly EstateSize[] = [
  { policies: 50, people: 2, applications: 1, queries: 200 },
  { policies: 50, people: 5, applications: 10, queries: 200 },
  { policies: 50, people: 2_000, applications: 500, queries: 200 },
  { policies: 1_000, people: 200, applications: 200, queries: 200 },
  { policies: 10_000, people: 500, applications: 2_000, queries: 200 },
]

async function measureSize(size: EstateSize): Promise<Goal[]> {
  const estate = buildEstate(size)
  const { queries } = estate
  const policies = await parsePolicies(authoring, estate.rules.map(cedarText))
  const store = EntityStore.load(entitiesOf(estate))
  const { result: compiled, ms: compileMs } = once(() => compilePolicies(policies))
  const firstMs = queries.map((query) => once(() => decide(compiled, store, query)).ms)
  const ours = countersign(compiled, store)
  const peers = [cedarWasm(estate, policies), await casbin(estate)]
  const isSlow = size.policies > 5_000 || size.people > 1_000
  const compared = queries.slice(0, quick ? 5 : isSlow ? 20 : 100)
  for (const peer of peers) proveEqual(ours, peer, compared)

  const prepared = queries.map((query) => ({ ...query, context: recordFromJson(query.context) }))
  const changes = queries.map(changesFor)
  const hot = { runs: 2_000, samples }
  const slow = { runs: 1, samples: quick ? 3 : isSlow ? 7 : 21 }
  const plain = await time('decide, facts as plain JSON', hot, (run) =>
    decide(compiled, store, at(queries, run)),
  )
  const decided = await time('decide, facts prepared', hot, (run) =>
    decide(compiled, store, at(prepared, run)),
  )
  const explained = await time('explain, facts prepared', { runs: 500, samples }, (run) =>
    explain(compiled, store, at(prepared, run)),
  )
  const remedied = await time('remedies among 12 changes', { runs: 2, samples }, (run) =>
    findRemedies(compiled, store, at(prepared, run), at(changes, run)),
  )
  const theirs: Row[] = []
  for (const peer of peers) {
    theirs.push(await time(`  ${peer.name}`, slow, (run) => peer.decide(at(queries, run))))
  }

  // The same people move in all engines, and all must agree again.
  const moved = (run: number): EstateEntity =>
    person(run % size.people, estate.groups.length, 1 + run)
  for (let run = 0; run < 20; run += 1) {
    for (const peer of [ours, ...peers]) await peer.change(moved(run))
  }
  for (const peer of peers) proveEqual(ours, peer, compared)
  const changing = async (what: string, peer: Peer, often: typeof hot): Promise<Row> =>
    time(what, often, (run) => {
      const pending = peer.change(moved(run))
      if (pending === undefined) return peer.decide(at(queries, run))
      return pending.then(() => peer.decide(at(queries, run)))
    })
  const changed = await changing('change a person, then decide', ours, { runs: 200, samples })
  const theirsChanged: Row[] = []
  for (const peer of peers) theirsChanged.push(await changing(`  ${peer.name}`, peer, slow))

  console.log(
    `\n${size.policies} policies, ${store.size} entities; ${compared.length} answers compared with each peer, and again after changes`,
  )
  printRows([
    plain,
    ...theirs.map((row) => ({ ...row, timesOf: plain })),
    decided,
    { ...explained, timesOf: decided },
    remedied,
    changed,
    ...theirsChanged.map((row) => ({ ...row, timesOf: changed })),
  ])
  console.log(
    `  price: compiled in ${compileMs.toFixed(0)} ms; the slowest first question took ${Math.max(...firstMs).toFixed(1)} ms`,
  )
  return goalsOf(`${size.policies} policies, ${store.size} entities`, size.policies, {
    plain,
    decided,
    explained,
    remedied,
    wasm: theirs[0],
  })
}

interface Measured {
  readonly plain: Row
  readonly decided: Row
  readonly explained: Row
  readonly remedied: Row
  readonly wasm: Row | undefined
}

function goalsOf(of: string, policies: number, rows: Measured): Goal[] {
  const { plain, decided, explained, remedied, wasm } = rows
  const ratio = explained.medianUs / decided.medianUs
  return [
    { what: `explain, ${of}`, reached: ratio, unit: 'decisions', atMost: 5 },
    ...(policies === 50
      ? [
          { what: `decide, ${of}`, reached: decided.medianUs, unit: 'µs', atMost: 1 },
          {
            what: `cedar-wasm, ${of}`,
            reached: (wasm?.medianUs ?? 0) / plain.medianUs,
            unit: 'times as long',
            atLeast: 200,
          },
        ]
      : []),
    ...(policies === 1_000
      ? [{ what: `remedies, ${of}`, reached: remedied.toUs / 1000, unit: 'ms', atMost: 10 }]
      : []),
    ...(policies === 10_000
      ? [{ what: `decide, ${of}`, reached: decided.medianUs, unit: 'µs', atMost: 5 }]
      : []),
  ]
}

// What a person who was refused could do, among it joining each of six groups.
function changesFor({ principal }: EstateQuery): Change[] {
  return [
    { id: 'sign in again', kind: 'authentication', context: { signedInMinutesAgo: 0 } },
    { id: 'use a passkey', kind: 'authentication', context: { method: 'passkey' } },
    { id: 'encrypt the disk', kind: 'device', context: { 'device.encrypted': true } },
    { id: 'enrol the device', kind: 'enrolment', context: { 'device.managed': true } },
    { id: 'update the system', kind: 'device', context: { 'device.patchDays': 0 } },
    { id: 'calm the risk', kind: 'other', context: { risk: 0 } },
    ...[1, 2, 3, 4, 5, 6].map((group): Change => ({
      id: `join g${group}`,
      kind: 'grant',
      joins: [{ entity: principal, group: { type: 'Group', id: `g${group}` } }],
    })),
  ]
}

console.log(machine())
console.log('cedar-wasm: official engine, stateful. casbin: effect only, conditions in JavaScript.')
const authoring = new Authoring()
const goals: Goal[] = []
for (const size of SIZES) goals.push(...(await measureSize(size)))
goals.push(...(await measureLargeEstate(authoring, { samples, quick })))
await authoring.close()
printGoals(goals)
console.log(`\n${machine()}`)
