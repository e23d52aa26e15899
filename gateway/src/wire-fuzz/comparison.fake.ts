// One stream of bytes through a real gateway to a recording application, and what must hold of it:
// whatever reaches the application is what the client sent, what was decided, and what is on record.
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { type DecisionRecord, summarise } from '@countersign/contract/decision'
import type { LogPosition } from '#decisions/decision-log.file'
import { canonicalise } from '#wire/canonical'
import { application, World } from '#world.fake'
import {
  type ReadAnswer,
  readAnswers,
  readRequests,
  type ReadRequest,
  type ReadStream,
} from './reader.fake.ts'
import type { SentStream } from './streams.fake.ts'
import { type Connection, echoHeader, echoOf, RecordingUpstream } from './upstream.fake.ts'

/** Whatever was sent, by then it is answered or the connection is closed. */
const boundMs = 4_000
/** Turns of the event loop without anything in progress after which nothing more comes. */
const quietTurnsFew = 10
const quietTurnsMany = 2_000

export interface Passage {
  /** How the second reader understands what was sent. */
  readonly sent: ReadStream
  readonly answers: readonly ReadAnswer[] | undefined
  /** Whether the gateway closed the connection before the client did. */
  readonly wasClosed: boolean
  /** What the application received, for each of its connections. */
  readonly received: readonly ReceivedOn[]
  readonly records: readonly DecisionRecord[]
}

interface ReceivedOn {
  readonly text: string
  readonly isOpen: boolean
  readonly read: ReadStream
}

export class WireWorld {
  readonly #world: World
  readonly #upstream: RecordingUpstream
  #position: LogPosition

  static async begin(): Promise<WireWorld> {
    const upstream = new RecordingUpstream()
    const url = await upstream.listen()
    const world = await World.begin()
    await world.plane.put(application('open', url), application('payroll', url))
    await world.settle()
    return new WireWorld(world, upstream)
  }

  private constructor(world: World, upstream: RecordingUpstream) {
    this.#world = world
    this.#upstream = upstream
    this.#position = world.running.gateway.decisions.start
  }

  /** What the gateway wrote to its log. */
  get logged(): string {
    return this.#world.logLines.join('')
  }

  async end(): Promise<void> {
    await this.#world.end()
    await this.#upstream.close()
  }

  /** Sends a stream on a connection of its own, and waits until nothing of it is in progress. */
  async pass({ text, pauses }: SentStream): Promise<Passage> {
    const sent = readRequests(text)
    const client = await Client.dial(this.#world)
    try {
      return await this.#passOver(client, { text, pauses }, sent)
    } finally {
      // What failed must not be taken for a part of the next stream.
      client.destroy()
      await this.#settled()
      this.#upstream.takeAway()
    }
  }

  async #passOver(
    client: Client,
    { text, pauses }: SentStream,
    sent: ReadStream,
  ): Promise<Passage> {
    const methods = sent.requests.map(({ method }) => method)
    await client.send(text, pauses)
    const isAnswered = (): boolean =>
      (readAnswers(client.received, methods)?.length ?? Infinity) >= methods.length
    await within(
      () => client.isClosed || (sent.end !== 'taken' && isAnswered()),
      'neither answered nor closed',
    )
    const wasClosed = client.isClosed
    client.finish()
    await within(() => client.isClosed, 'a connection stays open though the client has ended it')
    const records = await this.#settled()
    return {
      sent,
      wasClosed,
      answers: readAnswers(client.received, methods),
      received: this.#upstream.takeAway().map(receivedOn),
      records,
    }
  }

  /** Waits until nothing is in progress; gives the records made since the last time. */
  async #settled(): Promise<readonly DecisionRecord[]> {
    const records: DecisionRecord[] = []
    let quietTurns = 0
    // What was allowed for a client that is gone never reaches the application, but might still.
    const isDone = (): boolean => {
      records.push(...this.#newRecords())
      quietTurns = this.#isQuiet() ? quietTurns + 1 : 0
      const allowed = records.filter(({ verdict }) => verdict === 'allow').length
      return quietTurns >= (allowed <= this.#upstream.headsCount ? quietTurnsFew : quietTurnsMany)
    }
    await within(isDone, 'a request stays in progress though its client is gone')
    return records
  }

  /** Nothing is under way between the gateway and the application, and each is told of the other. */
  #isQuiet(): boolean {
    const { streams, upstreams, facts } = this.#world.running.gateway
    const open = facts.current?.get('application', 'open')
    if (!open) return false
    const { connected, running, pending } = upstreams.to(open).pool.stats
    return streams.size === 0 && running + pending === 0 && connected === this.#upstream.openCount
  }

  #newRecords(): readonly DecisionRecord[] {
    const { decisions } = this.#world.running.gateway
    const records: DecisionRecord[] = []
    for (;;) {
      const { lines, next } = decisions.read(this.#position, 1024 * 1024)
      this.#position = next
      if (lines.length === 0) return records
      for (const line of lines)
        records.push((JSON.parse(String(line)) as { record: DecisionRecord }).record)
    }
  }
}

/** Throws where what happened is not what was sent, decided and recorded. */
export function assertSameUnderstanding({ sent, answers, received, records }: Passage): void {
  assert.ok(answers, 'the client was answered with something that is no HTTP/1.1')
  const allowed = records.filter(({ verdict }) => verdict === 'allow').map(lineOfRecord)
  const heads = sent.unfinished ? [...sent.requests, sent.unfinished] : sent.requests

  for (const { read, isOpen, text } of received) {
    assert.notEqual(read.end, 'broken', `the application was sent \`${JSON.stringify(text)}\``)
    assert.ok(
      read.end === 'whole' || !isOpen,
      'a connection to the application was left within a request',
    )
  }
  const whole = received.flatMap(({ read }) => read.requests)
  const partial = received.flatMap(({ read: { unfinished } }) => (unfinished ? [unfinished] : []))
  assertPartOf(
    whole.map(echoOf),
    sent.requests.map(meantBy),
    'the application received a request that nobody sent',
  )
  assertPartOf(
    [...whole, ...partial].map(lineOf),
    allowed,
    'the application received a request that was not allowed on record',
  )
  assertPartOf(
    records.map(lineOfRecord),
    heads.map((request) => lineOf({ ...request, target: originForm(request.target) })),
    'a request is on record that nobody sent',
  )
  for (const part of partial) {
    assert.ok(
      heads.some(
        (head) =>
          lineOf(part) === lineOf({ ...head, target: originForm(head.target) }) &&
          head.body.startsWith(part.body),
      ),
      'the application received a part of what nobody sent',
    )
  }

  for (const [index, answer] of answers.entries()) {
    const request = sent.requests[index]
    const echo = answer.headers.get(echoHeader)
    if (echo === undefined) {
      if (!request) continue
      const meant = meantBy(request)
      const isSentOnce = sent.requests.filter((other) => meantBy(other) === meant).length === 1
      assert.ok(
        !isSentOnce || !whole.some((other) => echoOf(other) === meant),
        `the application received what was answered ${answer.status}`,
      )
      continue
    }
    assert.ok(request, 'an application answered where no request was sent')
    assert.equal(
      Buffer.from(echo, 'base64').toString('latin1'),
      meantBy(request),
      'an answer belongs to another request',
    )
    const decision = answer.headers.get('countersign-decision')
    const record = records.find(({ id }) => id === decision)
    assert.ok(record, 'an answer names no decision on record')
    assert.equal(lineOfRecord(record), lineOf({ ...request, target: originForm(request.target) }))
    assert.equal(record.verdict, 'allow')
  }
}

/** Throws where a request of a stream without fault was not served, in its place and whole. */
export function assertAllServed({ sent, answers, received }: Passage): void {
  assert.equal(sent.end, 'whole')
  assert.deepEqual(
    answers?.map(({ status }) => status),
    sent.requests.map(() => 200),
  )
  assert.deepEqual(
    received.flatMap(({ read }) => read.requests.map(echoOf)).toSorted(),
    sent.requests.map(echoOf).toSorted(),
  )
}

function receivedOn({ text, isOpen }: Readonly<Connection>): ReceivedOn {
  return { text, isOpen, read: readRequests(text) }
}

/** What the application should understand of a request. */
function meantBy(request: ReadRequest): string {
  return echoOf({ ...request, target: originForm(request.target) })
}

// RFC 9112 §3.2.2: to an origin server the same target goes without scheme and host.
function originForm(target: string): string {
  const path = /^https?:\/\/[^/?#]*(.*)$/i.exec(target)?.[1]
  return path === undefined ? target : path === '' ? '/' : path
}

/** Method and path in the spelling of records. */
export function lineOf({ method, target }: Pick<ReadRequest, 'method' | 'target'>): string {
  const canonical = canonicalise(target)
  return `${method} ${canonical.kind === 'canonical' ? canonical.target.path : `ambiguous ${target}`}`
}

export function lineOfRecord(record: DecisionRecord): string {
  const { method, path } = summarise(record)
  return `${method} ${path}`
}

export function assertPartOf(
  some: readonly string[],
  all: readonly string[],
  otherwise: string,
): void {
  const left = [...all]
  for (const one of some) {
    const at = left.indexOf(one)
    assert.ok(at >= 0, `${otherwise}: ${one}`)
    left.splice(at, 1)
  }
}

export class Client {
  readonly #socket: Socket
  received = ''
  isClosed = false

  static async dial(world: World, port = world.port): Promise<Client> {
    return new Client(await world.dial(port))
  }

  private constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.once('close', () => (this.isClosed = true))
    socket.on('data', (chunk: Buffer) => (this.received += chunk.toString('latin1')))
  }

  /** Sends bytes, with turns of the event loop between those before and behind a pause. */
  async send(text: string, pauses: readonly number[]): Promise<void> {
    const places = [...pauses.map((part) => Math.floor(part * text.length)), text.length]
    let at = 0
    for (const place of places.toSorted((left, right) => left - right)) {
      if (place > at) this.#socket.write(Buffer.from(text.slice(at, place), 'latin1'))
      at = Math.max(at, place)
      for (let turn = 0; turn < 3; turn++) await nextTurn()
    }
  }

  finish(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

export async function within(condition: () => boolean, otherwise: string): Promise<void> {
  const endsAt = performance.now() + boundMs
  while (!condition()) {
    assert.ok(performance.now() < endsAt, `${otherwise} after ${boundMs} ms`)
    await nextTurn()
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
