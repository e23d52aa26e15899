// `node bench/gateway.ts [--quick]`: requests a second through one core, and the latency at half of
// it, beside the proxies that people run. This gateway decides every request afresh and has it on
// record before it forwards; the others do what their names say.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeControlPlane, newToken } from '@countersign/gateway/control-plane.fake'
import { inhabitants, sessionDocument } from '@countersign/gateway/world.fake'
import type { Application } from '@countersign/contract/documents'
import { sessionCookie, tokenHash } from '@countersign/contract/session'
import { cores, load, type Measured, type Visit } from './gateway/load.ts'
import {
  ports,
  type Side,
  startApplication,
  startBareProxy,
  startCaddyAuth,
  startCaddyProxy,
  startGateway,
  startNginxAuth,
  startNginxGateway,
  startNginxProxy,
  startTrivialAuth,
} from './gateway/sides.ts'
import { processorTimeUs } from './gateway/processor-time.ts'
import { machine, printGoals } from './report.ts'

const needed = [
  ['h2load', 'nghttp2-client'],
  ['taskset', 'util-linux'],
  ['nginx', 'nginx-light'],
  ['caddy', 'caddy'],
] as const

const isQuick = process.argv.includes('--quick')
const rounds = isQuick ? 1 : 3
const seconds = isQuick ? 2 : 3
/** Compilers and pools are warm when measuring begins. */
const warmUpSeconds = isQuick ? 1 : 3
const clients = 32
const host = 'wiki.localhost'
const columnWidths = [12, 20, 9, 17, 16, 24] as const

const missing = needed.filter(([program]) => !isThere(program))
if (missing.length > 0) {
  const packages = missing.map(([, debianPackage]) => debianPackage).join(' ')
  console.log(`the gateway is not measured here: install ${packages}, on a machine with two cores`)
  process.exit(0)
}

console.log(machine())
execFileSync('taskset', ['-cp', cores.others, String(process.pid)])
console.log(
  `one core for each proxy and what it asks; application, load and control plane on the other; ${clients} clients, ${rounds} rounds of ${seconds} s\n`,
)

const plane = new FakeControlPlane()
const dataDir = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
const started: Side[] = []
try {
  await measure()
} finally {
  for (const side of started.reverse()) await side.stop()
  await plane.stop()
  rmSync(dataDir, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  await add(startApplication())
  const auth = await add(startTrivialAuth())
  const cookie = await signIn()
  const gateway = await add(
    startGateway({
      COUNTERSIGN_DATA_DIR: dataDir,
      COUNTERSIGN_SERVER_URL: plane.url.href,
      COUNTERSIGN_GATEWAY_ENROLMENT_TOKEN: plane.token,
    }),
  )
  const bare = await add(startBareProxy())
  const nginxAuth = await add(startNginxAuth(auth))
  const nginxGateway = await add(startNginxGateway(wiki(), gateway))
  const caddyAuth = await add(startCaddyAuth(auth))
  const sides = [
    gateway,
    bare,
    await add(startNginxProxy()),
    nginxAuth,
    nginxGateway,
    await add(startCaddyProxy()),
    caddyAuth,
  ]
  const visit = (side: Side): Visit => ({
    port: side.port,
    host,
    path: '/pages/today',
    headers: { cookie },
  })
  for (const side of sides) {
    await proveEqual(visit(side), side.name)
    await load(visit(side), { clients, seconds: warmUpSeconds })
  }
  const full = await inTurn(sides, (side) => loadFully(visit(side), side))
  const half = await inTurn(sides, (side) => {
    const perSecond = Math.round(median(full.get(side) ?? [], 'perSecond') / 2)
    return load(visit(side), { clients, seconds, perSecond })
  })
  report(sides, full, half, bare)
  const timesOf = (left: Side, right: Side): number => pairedRatio(full, left, right)
  const p99 = (side: Side): number => median(half.get(side) ?? [], 'p99Us')
  printGoals([
    {
      what: 'requests/s, of the bare proxy',
      reached: timesOf(gateway, bare),
      atLeast: 0.85,
      unit: 'times',
    },
    {
      what: 'requests/s, of Caddy with forward_auth',
      reached: timesOf(gateway, caddyAuth),
      atLeast: 1.5,
      unit: 'times',
    },
    {
      what: 'requests/s behind nginx, of the trivial service there',
      reached: timesOf(nginxGateway, nginxAuth),
      atLeast: 0.9,
      unit: 'times',
    },
    {
      what: 'p99 at half load, beyond that of the bare proxy',
      reached: p99(gateway) - p99(bare),
      atMost: 1_000,
      unit: 'µs',
    },
  ])
}

interface FullyLoaded extends Measured {
  /** Time of the core for each request, in microseconds. */
  readonly coreUs: number
}

async function loadFully(visit: Visit, side: Side): Promise<FullyLoaded> {
  const before = processorTimeUs(side)
  const measured = await load(visit, { clients, seconds })
  return { ...measured, coreUs: (processorTimeUs(side) - before) / measured.count }
}

// What the machine does besides falls on both sides of a round, so rounds are compared one by one.
function pairedRatio(
  full: ReadonlyMap<Side, readonly Measured[]>,
  left: Side,
  right: Side,
): number {
  const ratios = (full.get(left) ?? []).map(
    ({ perSecond }, round) => perSecond / (full.get(right)?.[round]?.perSecond ?? Infinity),
  )
  return middle(ratios)
}

function wiki(): Application {
  const [application] = inhabitants(`http://127.0.0.1:${ports.application}`).flatMap(
    ({ kind, document }) => (kind === 'application' && document.id === 'wiki' ? [document] : []),
  )
  if (!application) throw new Error('there is no application `wiki`')
  return application
}

function isThere(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program)))
}

async function add(starting: Promise<Side>): Promise<Side> {
  const side = await starting
  started.push(side)
  return side
}

async function signIn(): Promise<string> {
  await plane.start()
  const token = newToken()
  const now = Date.now()
  const session = 'ses_bench'
  await plane.put(...inhabitants(`http://127.0.0.1:${ports.application}`))
  await plane.put(sessionDocument(session, 'ada', now, {}), {
    kind: 'token',
    document: { id: tokenHash(token), session, host, endsAt: now + 3_600_000 },
  })
  return `${sessionCookie}=${token}`
}

async function proveEqual({ port, path, headers }: Visit, name: string): Promise<void> {
  const answer = await new Promise<string>((resolve, reject) => {
    http
      .get({ port, host: '127.0.0.1', path, headers: { ...headers, host } }, (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (body += chunk))
        response.on('end', () => resolve(`${response.statusCode} ${body}`))
      })
      .once('error', reject)
  })
  if (answer !== '200 hello') throw new Error(`${name} answered \`${answer}\``)
}

// Each in turn, so that what else the machine does falls on all of them alike.
async function inTurn<M extends Measured>(
  sides: readonly Side[],
  once: (side: Side) => Promise<M>,
): Promise<Map<Side, M[]>> {
  const measured = new Map<Side, M[]>(sides.map((side) => [side, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const side of sides) measured.get(side)?.push(await once(side))
  }
  return measured
}

function median<F extends string>(rows: readonly Readonly<Record<F, number>>[], figure: F): number {
  return middle(rows.map((row) => row[figure]))
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function report(
  sides: readonly Side[],
  full: ReadonlyMap<Side, readonly FullyLoaded[]>,
  half: ReadonlyMap<Side, readonly Measured[]>,
  bare: Side,
): void {
  const heads = [
    'requests/s',
    '(range)',
    'of bare',
    'core µs/request',
    '(range)',
    'p50, p99 at half load',
  ]
  console.log(row('', heads))
  for (const side of sides) {
    const rows = full.get(side) ?? []
    const calm = half.get(side) ?? []
    const cells = [
      shown(median(rows, 'perSecond')),
      range(rows.map(({ perSecond }) => perSecond)),
      `${Math.round(pairedRatio(full, side, bare) * 100)} %`,
      shown(median(rows, 'coreUs')),
      range(rows.map(({ coreUs }) => coreUs)),
      `${shown(median(calm, 'p50Us'))} µs, ${shown(median(calm, 'p99Us'))} µs`,
    ]
    console.log(row(side.name, cells))
  }
}

function row(name: string, cells: readonly string[]): string {
  return `  ${name.padEnd(34)}${cells.map((cell, index) => cell.padStart(columnWidths[index] ?? 0)).join('')}`
}

function range(values: readonly number[]): string {
  return `(${shown(Math.min(...values))} to ${shown(Math.max(...values))})`
}

function shown(value: number): string {
  return Math.round(value).toLocaleString('en-GB')
}
