// One stream of bytes from a proxy that asks, and what must hold of it: each answer belongs to its
// question, what is allowed is what was asked and is on record, and no byte is read as a question
// that nobody asked.
import assert from 'node:assert/strict'
import type { DecisionRecord } from '@countersign/contract/decision'
import type { LogPosition } from '#decisions/decision-log.file'
import { World } from '#world.fake'
import { assertPartOf, Client, lineOf, lineOfRecord, within } from './comparison.fake.ts'
import { proxySecret } from './pieces.fake.ts'
import {
  type ReadAnswer,
  readAnswers,
  readRequests,
  type ReadRequest,
  type ReadStream,
} from './reader.fake.ts'
import type { SentStream } from './streams.fake.ts'

export interface Questioning {
  readonly sent: ReadStream
  readonly answers: readonly ReadAnswer[] | undefined
  readonly records: readonly DecisionRecord[]
}

export class QuestionWorld {
  readonly #world: World
  #position: LogPosition

  static async begin(): Promise<QuestionWorld> {
    return new QuestionWorld(
      await World.begin({
        environment: {
          COUNTERSIGN_GATEWAY_EXTERNAL_LISTEN: '127.0.0.1:0',
          COUNTERSIGN_GATEWAY_EXTERNAL_SECRET: proxySecret,
        },
      }),
    )
  }

  private constructor(world: World) {
    this.#world = world
    this.#position = world.running.gateway.decisions.start
  }

  async end(): Promise<void> {
    await this.#world.end()
  }

  /** Sends a stream on a connection of its own, and waits until nothing of it is in progress. */
  async pass({ text, pauses }: SentStream): Promise<Questioning> {
    const sent = readRequests(text)
    const methods = sent.requests.map(({ method }) => method)
    const client = await Client.dial(this.#world, this.#port)
    try {
      await client.send(text, pauses)
      const isAnswered = (): boolean =>
        (readAnswers(client.received, methods)?.length ?? Infinity) >= methods.length
      await within(
        () => client.isClosed || (sent.end !== 'taken' && isAnswered()),
        'neither answered nor closed',
      )
      client.finish()
      await within(() => client.isClosed, 'a connection stays open though the proxy has ended it')
      return {
        sent,
        answers: readAnswers(client.received, methods),
        records: await this.#settled(),
      }
    } finally {
      client.destroy()
    }
  }

  get #port(): number {
    const { externalAddress } = this.#world.running
    if (!externalAddress) throw new Error('no proxy can ask this gateway')
    return externalAddress.port
  }

  // Records are written one behind another, so behind that of a last question are no others.
  async #settled(): Promise<readonly DecisionRecord[]> {
    const last = '/the-last-of-a-stream'
    const answer = await this.#world.exchange(questionText(last, 'Connection: close'), this.#port)
    assert.match(answer, /^HTTP\/1\.1 200 /)
    const { decisions } = this.#world.running.gateway
    const records: DecisionRecord[] = []
    for (;;) {
      const { lines, next } = decisions.read(this.#position, 1024 * 1024)
      this.#position = next
      for (const line of lines)
        records.push((JSON.parse(String(line)) as { record: DecisionRecord }).record)
      if (lines.length === 0) break
    }
    return records.filter((record) => lineOfRecord(record) !== `GET ${last}`)
  }
}

/** A question without fault about a target of an application that is open to anyone. */
export function questionText(target: string, ...lines: readonly string[]): string {
  return [
    'GET /check/haproxy/open HTTP/1.1',
    'Host: open.localhost',
    `Countersign-Proxy-Secret: ${proxySecret}`,
    'Countersign-Original-Method: GET',
    `Countersign-Original-Target: ${target}`,
    'Countersign-Original-Authority: open.localhost',
    'Countersign-Original-Address: 10.0.0.1',
    ...lines,
    '\r\n',
  ].join('\r\n')
}

/** Throws where what was answered and recorded is not what was asked. */
export function assertOwnAnswers({ sent, answers, records }: Questioning): void {
  assert.ok(answers, 'the proxy was answered with something that is no HTTP/1.1')
  const heads = sent.unfinished ? [...sent.requests, sent.unfinished] : sent.requests
  assertPartOf(
    records.map(lineOfRecord),
    heads.flatMap((question) => askedBy(question) ?? []),
    'a decision is on record that nobody asked for',
  )
  for (const [index, { status, headers }] of answers.entries()) {
    const question = heads[index]
    const decision = headers.get('countersign-decision')
    const isAllow = headers.get('countersign-verdict') === 'allow'
    assert.equal(isAllow, status === 200, `an answer of ${status}`)
    if (decision === undefined) {
      assert.ok(!isAllow, 'an allow that no decision stands behind')
      continue
    }
    assert.ok(question, 'a decision where nothing was asked')
    const record = records.find(({ id }) => id === decision)
    assert.ok(record, 'an answer names no decision on record')
    assert.equal(lineOfRecord(record), askedBy(question), 'an answer belongs to another question')
    assert.equal(isAllow, record.verdict === 'allow')
  }
}

/** What a question is about, in the spelling of records; undefined where it is no question. */
function askedBy({ method, target, headers }: ReadRequest): string | undefined {
  const named = (wanted: string): string | undefined =>
    headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
  const [, proxy, rest = ''] = /^\/check\/(haproxy|envoy)\/[^/?#]*(.*)$/s.exec(target) ?? []
  if (proxy === undefined) return undefined
  if (proxy === 'envoy') return lineOf({ method, target: rest })
  return lineOf({
    method: named('countersign-original-method') ?? '',
    target: named('countersign-original-target') ?? '',
  })
}
