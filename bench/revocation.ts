// `node bench/revocation.ts`: from the moment a fact is reported until what rested on it ends: the
// next request refused, the WebSocket closed, the tunnel gone. A real server and real gateways, each
// a process of its own; the time holds the report's way in, its transaction, the feed and the cut.
import { open, untilAllowed } from './revocation/open.ts'
import { startSystem, type System } from './revocation/system.ts'
import { type Goal, machine, printGoals } from './report.ts'

const rounds = 200
/** Each variant ends after so long, with as many rounds as fitted. */
const roundsMaxMs = 15_000
const kinds = ['request', 'webSocket', 'tunnel'] as const
const names = { request: 'next request', webSocket: 'WebSocket', tunnel: 'tunnel' } as const

type Measured = Readonly<Record<(typeof kinds)[number] | 'stored', number[]>>

console.log(machine())
const goals = [...(await variant(1, 50)), ...(await variant(3, 250))]
printGoals(goals)

async function variant(gateways: number, atMost: number): Promise<readonly Goal[]> {
  const system = await startSystem(gateways)
  const what = gateways === 1 ? 'one gateway' : `${gateways} gateways`
  try {
    const measured = await measure(system)
    const count = measured.stored.length
    console.log(`\none server, ${what}: ${count} revocations, from the report on, in ms`)
    const rows = kinds.map((kind) => [names[kind], measured[kind]] as const)
    for (const [name, values] of [...rows, ['(stored by the server)', measured.stored] as const]) {
      const [p50, p99, worst] = [0.5, 0.99, 1].map((part) => shown(quantile(values, part)))
      console.log(`  ${name.padEnd(26)} p50 ${p50}   p99 ${p99}   worst ${worst}`)
    }
    return rows.map(([name, values]) => ({
      what: `${name} after a revocation, ${what}, p99`,
      reached: quantile(values, 0.99),
      atMost,
      unit: 'ms',
    }))
  } finally {
    await system.stop()
  }
}

/** The slowest gateway of each round counts. */
async function measure(system: System): Promise<Measured> {
  const measured: Measured = { request: [], webSocket: [], tunnel: [], stored: [] }
  const deadline = performance.now() + roundsMaxMs
  for (let round = 0; round < rounds && performance.now() < deadline; round += 1) {
    const opened = await Promise.all(system.ports.map((port) => open(port, system)))
    const ended = Promise.all(opened.map((it) => it.ended))
    for (const { ask } of opened) ask()
    const begun = performance.now()
    await system.report(false)
    measured.stored.push(performance.now() - begun)
    const ends = await ended
    for (const kind of kinds) measured[kind].push(Math.max(...ends.map((it) => it[kind])) - begun)
    await system.report(true)
    await Promise.all(system.ports.map((port) => untilAllowed(port, system)))
  }
  return measured
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? 0
}

function shown(ms: number): string {
  return ms.toFixed(1).padStart(6)
}
