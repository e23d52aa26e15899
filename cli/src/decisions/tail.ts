// `countersign decisions tail`: the last decisions, then each as it is recorded. The connection may
// break and come back; what was recorded meanwhile is caught up, and nothing is shown twice.
import { api } from '@countersign/contract/api'
import { ApiError, type Client } from '@countersign/contract/client'
import type { DecisionSummary, Verdict } from '@countersign/contract/decision'
import { controlSocket, openControl } from '#control.client'
import { dataDirOf } from '#data-dir'
import type { ExitName } from '#exit'
import { Failure } from '#failure'
import type { World } from '#world'
import { decisionLine } from './line.ts'

export interface TailRequest {
  readonly dataDir: string | undefined
  readonly json: boolean
  readonly own: boolean
  readonly verdict: Verdict | undefined
  readonly principal: string | undefined
  readonly application: string | undefined
  /** How many past decisions come first. */
  readonly last: number
}

const firstWaitMs = 250
const waitMaxMs = 10_000
/** As many as the API gives in one page. */
export const catchUpMax = 500

/** Follows until asked to stop. Throws where the server cannot be reached at first, or refuses. */
export async function tail(request: TailRequest, world: World): Promise<ExitName> {
  const control = openControl(controlSocket(dataDirOf(request.dataDir, world)))
  const stopped = new AbortController()
  world.onStop(() => {
    stopped.abort()
  })
  try {
    await follow(control.client, request, world, stopped.signal)
    return 'ok'
  } finally {
    await control.close()
  }
}

async function follow(
  client: Client,
  request: TailRequest,
  world: World,
  signal: AbortSignal,
): Promise<void> {
  const shown = new Shown()
  let state: 'new' | 'connected' | 'lost' = 'new'
  let waitMs = firstWaitMs
  /** Decisions older than this were past when the tail began. */
  let begin = ''
  const connect = async (): Promise<void> => {
    const query = queryOf(request)
    const stream = client.follow(api.visibility.stream, { query }, signal)
    // The stream is asked for before the past, so that nothing falls between the two.
    const first = stream.next()
    first.catch(() => undefined)
    const wanted = state === 'new' ? request.last : catchUpMax
    const { decisions } = await client.call(
      api.visibility.decisions,
      { query: { ...query, limit: Math.max(1, wanted) } },
      { signal },
    )
    const past = decisions.slice(0, wanted).filter(({ id }) => id >= begin)
    if (state === 'new') begin = past.at(-1)?.id ?? decisions[0]?.id ?? ''
    for (const decision of past.toReversed()) print(decision)
    if (state === 'lost') note(world, 'connected again')
    state = 'connected'
    waitMs = firstWaitMs
    for (let next = await first; !next.done; next = await stream.next()) print(next.value)
  }
  const print = (decision: DecisionSummary): void => {
    if (shown.add(decision.id)) world.stdout.write(`${lineOf(decision, request, world)}\n`)
  }
  const isConnected = (): boolean => state === 'connected'
  while (!signal.aborted) {
    try {
      await connect()
    } catch (error) {
      if (signal.aborted) return
      const refused = error instanceof ApiError && error.status < 500
      if (state === 'new' || refused || !isOutage(error)) throw error
    }
    if (isConnected()) note(world, 'the server broke off; connecting again')
    state = 'lost'
    await world.clock.wait(waitMs, signal)
    waitMs = Math.min(waitMs * 2, waitMaxMs)
  }
}

/** Whether waiting may help: the server is away, or its connection broke in the middle. */
function isOutage(error: unknown): boolean {
  return (
    error instanceof ApiError ||
    error instanceof TypeError ||
    (error instanceof Failure && error.exit === 'unreachable')
  )
}

function queryOf({ principal, application, verdict, own }: TailRequest): {
  readonly principal?: string
  readonly application?: string
  readonly verdict?: Verdict
  readonly own: '0' | '1'
} {
  return {
    ...(principal === undefined ? {} : { principal }),
    ...(application === undefined ? {} : { application }),
    ...(verdict === undefined ? {} : { verdict }),
    own: own ? '1' : '0',
  }
}

function lineOf(decision: DecisionSummary, { json }: TailRequest, world: World): string {
  return json
    ? JSON.stringify(decision)
    : decisionLine(decision, world.stdout.paint, world.timeZone)
}

function note(world: World, text: string): void {
  world.stderr.write(`${world.stderr.paint('quiet', `-- ${text}`)}\n`)
}

/** Remembers the latest ids that were shown. */
class Shown {
  static readonly max = 4 * catchUpMax
  readonly #ids = new Set<string>()

  /** Whether the id is new. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    if (this.#ids.size > Shown.max) {
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest)
        break
      }
    }
    return true
  }
}
