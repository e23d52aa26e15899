// What people and programs ask applications for: a handful of addresses each, so that recorded
// traffic looks like work and not like noise.
import type { Random } from '#organisation/random'

/** A request as far as a policy can see it. */
export interface Ask {
  readonly method: string
  readonly path: string
  readonly protocol: 'http' | 'websocket'
}

type PlaceRow = readonly [method: string, path: string, weight: number]

// `:n` stands for a number up to the one that follows it.
const places: Readonly<Record<string, readonly PlaceRow[]>> = {
  'ward-board': [
    ['GET', '/', 6],
    ['GET', '/beds/:n24', 4],
    ['POST', '/tasks', 2],
  ],
  vitals: [
    ['GET', '/', 3],
    ['WS', '/stream', 3],
  ],
  'lab-results': [
    ['GET', '/', 1],
    ['GET', '/results', 3],
    ['GET', '/results/:n40', 5],
  ],
  records: [
    ['GET', '/', 2],
    ['GET', '/patients/:n60', 6],
    ['GET', '/patients/:n60/letters', 2],
    ['POST', '/patients/:n60/notes', 2],
  ],
  prescribing: [
    ['GET', '/patients/:n60/medicines', 4],
    ['POST', '/orders', 2],
  ],
  imaging: [
    ['GET', '/worklist', 3],
    ['GET', '/studies/:n40', 4],
  ],
  appointments: [
    ['GET', '/clinics/:n12', 5],
    ['POST', '/bookings', 2],
  ],
  admissions: [
    ['GET', '/arrivals', 4],
    ['POST', '/transfers', 1],
  ],
  payroll: [
    ['GET', '/', 2],
    ['GET', '/runs/current', 4],
    ['POST', '/runs/current/entries', 2],
  ],
  ledger: [
    ['GET', '/accounts/:n20', 4],
    ['POST', '/entries', 2],
  ],
  treasury: [
    ['GET', '/payments', 3],
    ['POST', '/payments/release', 1],
  ],
  source: [
    ['GET', '/', 1],
    ['GET', '/repositories/:n15', 4],
    ['POST', '/repositories/:n15/reviews', 2],
  ],
  build: [
    ['GET', '/pipelines', 3],
    ['POST', '/pipelines/:n15/run', 2],
  ],
  servers: [
    ['GET', '/', 3],
    ['POST', '/servers/:n30/restart', 1],
  ],
  tickets: [
    ['GET', '/mine', 3],
    ['POST', '/tickets', 1],
  ],
  telemetry: [
    ['GET', '/readings', 3],
    ['GET', '/devices/:n20', 2],
  ],
}

const elsewhere: readonly PlaceRow[] = [
  ['GET', '/', 5],
  ['GET', '/search', 2],
  ['POST', '/items', 1],
]

/** Something one would ask this application for. */
export function askFor(random: Random, application: string): Ask {
  const rows = places[application] ?? elsewhere
  const [method, template] = random.weighted(rows.map((row) => [row, row[2]] as const))
  const path = template.replace(/:n(\d+)/g, (_, max: string) =>
    String(random.between(1, Number(max))),
  )
  return method === 'WS'
    ? { method: 'GET', path, protocol: 'websocket' }
    : { method, path, protocol: 'http' }
}

/** What strangers on the internet try everywhere. */
export const strangerPaths = ['/', '/login', '/admin', '/.env', '/wp-login.php', '/api'] as const
