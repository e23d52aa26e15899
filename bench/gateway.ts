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
  startNginxProxy,
  startTrivialAuth,
} from './gateway/sides.ts'
import { machine } from './report.ts'

const needed = [
  ['h2load', 'nghttp2-client'],
  ['taskset', 'util-linux'],
  ['nginx', 'nginx-light'],
  ['caddy', 'caddy'],
] as const

const isQuick = process.argv.includes('--quick')
const rounds = isQuick ? 1 : 3
const seconds = isQuick ? 2 : 3
const clients = 32
const host = 'wiki.localhost'

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
  await add(startTrivialAuth())
  const cookie = await signIn()
  const gateway = await add(
    startGateway({
      COUNTERSIGN_DATA_DIR: dataDir,
      COUNTERSIGN_SERVER_URL: plane.url.href,
      COUNTERSIGN_GATEWAY_ENROLMENT_TOKEN: plane.token,
    }),
  )
  const sides = [
    gateway,
    await add(startBareProxy()),
    await add(startNginxProxy()),
    await add(startNginxAuth()),
    await add(startCaddyProxy()),
    await add(startCaddyAuth()),
  ]
  const visit = (side: Side): Visit => ({
    port: side.port,
    host,
    path: '/pages/today',
    headers: { cookie },
  })
  for (const side of sides) await proveEqual(visit(side), side.name)
  const full = await inTurn(sides, (side) => load(visit(side), { clients, seconds }))
  const half = await inTurn(sides, (side) => {
    const perSecond = Math.round(median(full.get(side) ?? [], 'perSecond') / 2)
    return load(visit(side), { clients, seconds, perSecond })
  })
  report(sides, full, half)
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
async function inTurn(
  sides: readonly Side[],
  once: (side: Side) => Promise<Measured>,
): Promise<Map<Side, Measured[]>> {
  const measured = new Map<Side, Measured[]>(sides.map((side) => [side, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const side of sides) measured.get(side)?.push(await once(side))
  }
  return measured
}

function median(rows: readonly Measured[], figure: keyof Measured): number {
  const sorted = rows.map((row) => row[figure]).sort((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function report(
  sides: readonly Side[],
  full: ReadonlyMap<Side, readonly Measured[]>,
  half: ReadonlyMap<Side, readonly Measured[]>,
): void {
  const bare = sides.find(({ port }) => port === ports.bare)
  const base = bare === undefined ? 1 : median(full.get(bare) ?? [], 'perSecond')
  console.log(
    '                                      requests/s   (range)            of bare   p50 and p99 at half load',
  )
  for (const side of sides) {
    const rows = full.get(side) ?? []
    const rates = rows.map(({ perSecond }) => perSecond)
    const rate = median(rows, 'perSecond')
    const range = `(${shown(Math.min(...rates))} to ${shown(Math.max(...rates))})`
    const calm = half.get(side) ?? []
    console.log(
      [
        `  ${side.name.padEnd(34)}`,
        shown(rate).padStart(12),
        `  ${range.padEnd(20)}`,
        `${Math.round((rate / base) * 100)} %`.padStart(6),
        `    ${shown(median(calm, 'p50Us'))} µs, ${shown(median(calm, 'p99Us'))} µs`,
      ].join(''),
    )
  }
}

function shown(value: number): string {
  return Math.round(value).toLocaleString('en-GB')
}
