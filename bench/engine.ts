// `node bench/engine.ts [--quick]`: the policy engine beside the official one, in one run on one
// thread. Both must first give the same answers; only then is anything timed.
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import type * as Cedar from '@cedar-policy/cedar-wasm'
import { Authoring } from '@countersign/authoring/authoring'
import { whoMay } from '@countersign/policy/access'
import { compilePolicies, decide } from '@countersign/policy/engine'
import type { Query } from '@countersign/policy/engine'
import { EntityStore } from '@countersign/policy/entities'
import { explain } from '@countersign/policy/explain'
import { recordFromJson } from '@countersign/policy/json'
import { findRemedies } from '@countersign/policy/remedies'
import type { Change } from '@countersign/policy/remedies'
import type { PolicySyntax } from '@countersign/policy/syntax'
import { buildEstate } from './estate.ts'
import type { Estate, EstateSize } from './estate.ts'

// Resolved from `authoring`, whose dependency it is.
const official = createRequire(new URL('../authoring/package.json', import.meta.url))(
  '@cedar-policy/cedar-wasm/nodejs',
) as typeof Cedar

const quick = process.argv.includes('--quick')
const SAMPLES = quick ? 21 : 101

const SIZES: readonly EstateSize[] = [
  { policies: 50, people: 5, applications: 10, queries: 200 },
  { policies: 50, people: 20, applications: 10, queries: 200 },
  { policies: 50, people: 2_000, applications: 500, queries: 200 },
  { policies: 1_000, people: 200, applications: 200, queries: 200 },
  { policies: 10_000, people: 500, applications: 2_000, queries: 200 },
]

interface Row {
  readonly what: string
  readonly medianUs: number
  readonly fromUs: number
  readonly toUs: number
}

async function measureSize(size: EstateSize): Promise<void> {
  const estate = buildEstate(size)
  const policies = await parse(estate)
  const compiled = compilePolicies(policies)
  const store = EntityStore.load(estate.entities)
  const { queries } = estate
  const prepared = queries.map((query) => ({ ...query, context: recordFromJson(query.context) }))
  official.preparsePolicySet('bench', {
    staticPolicies: Object.fromEntries(policies.map(({ id, text }) => [id, text])),
  })
  const compared = proveEqual(estate, (query) => decide(compiled, store, query).effective)
  console.log(
    `\n${size.policies} policies, ${estate.entities.length} entities (${compared} answers compared, all equal)`,
  )
  const rows = [
    time('decide, facts as plain JSON', 2_000, (run) => decide(compiled, store, at(queries, run))),
    time('decide, facts prepared', 2_000, (run) => decide(compiled, store, at(prepared, run))),
    time('explain', 500, (run) => explain(compiled, store, at(prepared, run))),
    time('remedies among 12 changes', 2, (run) =>
      findRemedies(compiled, store, at(prepared, run), CHANGES),
    ),
    time('cedar-wasm, stateful', 1, (run) => askOfficial(estate, at(queries, run)), quick ? 5 : 21),
  ]
  report(rows)
  const [plain, , , , wasm] = rows
  if (plain === undefined || wasm === undefined) return
  console.log(`  ${Math.round(wasm.medianUs / plain.medianUs)} times as fast as cedar-wasm`)
}

async function measureEstate(): Promise<void> {
  const size = { policies: 1_000, people: 100_000, applications: 3_000, queries: 100 }
  const estate = buildEstate(size)
  const compiled = compilePolicies(await parse(estate))
  const started = performance.now()
  const store = EntityStore.load(estate.entities)
  const loadedMs = performance.now() - started
  console.log(`\n${store.size} entities loaded in ${Math.round(loadedMs)} ms`)
  const people = estate.entities.filter(({ uid }) => 'type' in uid && uid.type === 'User')
  const groups = estate.entities.filter(({ uid }) => 'type' in uid && uid.type === 'Group')
  const { resource, action, context } = at(estate.queries, 0)
  report([
    time('change one person', 200, (run) => store.upsert(at(people, run))),
    time('change one group', 200, (run) => store.upsert(at(groups, run))),
    time(
      'who may, over 100,000 people',
      1,
      () => [...whoMay(compiled, store, { action, resource, context }, ['User'])].length,
      quick ? 3 : 9,
    ),
  ])
}

const CHANGES: readonly Change[] = [
  { id: 'sign in again', kind: 'authentication', context: { signedInMinutesAgo: 0 } },
  { id: 'use a passkey', kind: 'authentication', context: { method: 'passkey' } },
  { id: 'encrypt the disk', kind: 'device', context: { 'device.encrypted': true } },
  { id: 'enrol the device', kind: 'enrolment', context: { 'device.managed': true } },
  { id: 'update the system', kind: 'device', context: { 'device.patchDays': 0 } },
  { id: 'calm the risk', kind: 'other', context: { risk: 0 } },
  ...[1, 2, 3, 4, 5, 6].map((group): Change => ({
    id: `join g${group}`,
    kind: 'grant',
    joins: [{ entity: { type: 'User', id: 'u1' }, group: { type: 'Group', id: `g${group}` } }],
  })),
]

async function parse({ policies }: Estate): Promise<PolicySyntax[]> {
  const text = policies.map((each, index) => `@id("p${index}")\n${each}`).join('\n\n')
  const parsed = await authoring.parsePolicies(text)
  if (parsed.diagnostics.length > 0) throw new Error(parsed.diagnostics[0]?.message)
  return parsed.policies
}

function proveEqual(
  estate: Estate,
  ask: (query: Query) => {
    effect: string
    determining: readonly string[]
    errors: readonly { policy: string }[]
  },
): number {
  const sample = estate.queries.slice(0, quick ? 10 : 100)
  for (const query of sample) {
    const ours = ask(query)
    const { decision, diagnostics } = askOfficial(estate, query)
    const mine = [
      ours.effect,
      [...ours.determining].sort(),
      ours.errors.map(({ policy }) => policy).sort(),
    ]
    const theirs = [
      decision,
      diagnostics.reason.sort(),
      diagnostics.errors.map((each) => each.policyId).sort(),
    ]
    if (JSON.stringify(mine) !== JSON.stringify(theirs)) {
      throw new Error(`${JSON.stringify(query)}\nours ${String(mine)}\ntheirs ${String(theirs)}`)
    }
  }
  return sample.length
}

type Call = Parameters<typeof official.statefulIsAuthorized>[0]

function askOfficial(estate: Estate, query: Estate['queries'][number]): Cedar.Response {
  const answer = official.statefulIsAuthorized({
    ...query,
    context: query.context as Call['context'],
    entities: estate.entities as Call['entities'],
    preparsedPolicySetId: 'bench',
  })
  if (answer.type === 'success') return answer.response
  throw new Error(answer.errors[0]?.message)
}

/** Many short samples, so that what else the machine does falls into few of them. */
function time(what: string, runs: number, act: (run: number) => unknown, samples = SAMPLES): Row {
  const times: number[] = []
  let run = 0
  for (let sample = -Math.ceil(samples / 4); sample < samples; sample += 1) {
    const started = process.hrtime.bigint()
    for (let count = 0; count < runs; count += 1) act((run += 1))
    const elapsedUs = Number(process.hrtime.bigint() - started) / 1000 / runs
    if (sample >= 0) times.push(elapsedUs)
  }
  times.sort((left, right) => left - right)
  const quantile = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? 0
  return { what, medianUs: quantile(0.5), fromUs: quantile(0.1), toUs: quantile(0.9) }
}

function report(rows: readonly Row[]): void {
  for (const { what, medianUs, fromUs, toUs } of rows) {
    const spread = `${show(fromUs)} to ${show(toUs)}`
    console.log(`  ${what.padEnd(30)} ${show(medianUs).padStart(10)} µs   (${spread})`)
  }
}

function show(us: number): string {
  return us < 10 ? us.toFixed(2) : Math.round(us).toLocaleString('en-GB')
}

function at<T>(items: readonly T[], run: number): T {
  const item = items[run % items.length]
  if (item === undefined) throw new RangeError('nothing to measure')
  return item
}

console.log(`${cpus()[0]?.model}, ${cpus().length} threads, Node ${process.version}`)
const authoring = new Authoring()
for (const size of SIZES) await measureSize(size)
await measureEstate()
await authoring.close()
