// Load from h2load on its own core, so that what is measured has the other for itself.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The core that is measured, and the one that everything else runs on. */
export const cores = { measured: '0', others: '1' } as const

export interface Visit {
  readonly port: number
  readonly host: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

export interface Load {
  readonly clients: number
  readonly seconds: number
  /** Requests a second over all clients; as many as possible where it is not given. */
  readonly perSecond?: number
}

export interface Measured {
  readonly perSecond: number
  /** Requests that were answered. */
  readonly count: number
  readonly p50Us: number
  readonly p99Us: number
}

/** Puts load on a port. Rejects unless every answer was a 200. */
export async function load(visit: Visit, { clients, seconds, perSecond }: Load): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-bench-'))
  const log = join(directory, 'requests.tsv')
  try {
    const { stdout } = await run(
      'taskset',
      [
        '-c',
        cores.others,
        'h2load',
        '--h1',
        '-t1',
        `-c${clients}`,
        `-D${seconds}`,
        ...(perSecond === undefined ? [] : ['--warm-up-time=1']),
        `--log-file=${log}`,
        ...(perSecond === undefined ? [] : [`--rps=${Math.max(1, perSecond / clients)}`]),
        ...Object.entries({ ':authority': visit.host, ...visit.headers }).flatMap(
          ([name, value]) => ['-H', `${name}: ${value}`],
        ),
        `http://127.0.0.1:${visit.port}${visit.path}`,
      ],
      { maxBuffer: 16 * 1024 * 1024 },
    )
    const rate = /, ([\d.]+) req\/s,/.exec(stdout)?.[1]
    const failed = /(\d+) failed/.exec(stdout)?.[1]
    if (rate === undefined || failed !== '0') throw new Error(`the load failed:\n${stdout}`)
    const times = latencies(await readFile(log, 'utf8'))
    const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? 0
    return { perSecond: Number(rate), count: times.length, p50Us: at(0.5), p99Us: at(0.99) }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

// A line is: when it began, the status, how long it took in microseconds.
function latencies(log: string): readonly number[] {
  const times: number[] = []
  for (const line of log.split('\n')) {
    const [, status, took] = line.split('\t')
    if (status === undefined) continue
    if (status !== '200') throw new Error(`an answer was ${status}, not 200`)
    times.push(Number(took))
  }
  return times.sort((left, right) => left - right)
}
