// What a client sends, what the gateway decides, and what an application receives are the same
// requests, whatever the bytes are; and whichever program the application is, it reads them alike.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { lacking } from '../../../test/parts.ts'
import {
  assertAllServed,
  assertSameUnderstanding,
  type Passage,
  WireWorld,
} from './comparison.fake.ts'
import { assertOwnAnswers, questionText, QuestionWorld } from './questions.fake.ts'
import { type Forwarded, readerNames, readingOf, startReader } from './readers.fake.ts'
import { readRequests } from './reader.fake.ts'
import { hostileQuestions, hostileStreams, plainStreams } from './streams.fake.ts'

const seed = 20_260_711
const forwarded: Forwarded[] = []
const readers = await Promise.all(
  readerNames.map(async (name) => ({ name, skip: name !== 'node' && (await lacking(name)) })),
)

describe('requests on one connection', () => {
  let world: WireWorld
  before(async () => {
    world = await WireWorld.begin()
  })
  after(() => world.end())

  it('without fault are all served, each whole and in its place, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(plainStreams, async (stream) => {
        const passage = await world.pass(stream)
        assertSameUnderstanding(passage)
        assertAllServed(passage)
        forwarded.push(...forwardedIn(passage))
      }),
      { seed, numRuns: 200 },
    )
  })

  it('with any fault reach the application as they were sent and decided, or not at all', async () => {
    await fc.assert(
      fc.asyncProperty(hostileStreams, async (stream) => {
        const passage = await world.pass(stream)
        assertSameUnderstanding(passage)
        forwarded.push(...forwardedIn(passage))
      }),
      { seed, numRuns: 700 },
    )
  })

  for (const { name, skip } of readers) {
    it(`are read by ${name} as they were decided`, { skip }, async (t) => {
      const reader = await startReader(name)
      t.after(() => reader.stop())
      assert.ok(forwarded.length > 300, 'too few requests were forwarded to say anything')
      let refusedCount = 0
      for (let at = 0; at < forwarded.length; at += 50) {
        const { misread, refused } = await readingOf(reader.port, forwarded.slice(at, at + 50))
        assert.deepEqual(misread, [])
        refusedCount += refused.length
        for (const { bytes } of refused) t.diagnostic(JSON.stringify(bytes.slice(0, 200)))
      }
      assert.ok(
        refusedCount < forwarded.length / 10,
        `${refusedCount} of ${forwarded.length} were refused`,
      )
    })
  }
})

describe('questions of a proxy on one connection', () => {
  it('with any fault get the answers that belong to them, or none', async (t) => {
    const world = await QuestionWorld.begin()
    t.after(() => world.end())
    let allowed = 0
    await fc.assert(
      fc.asyncProperty(hostileQuestions, async (stream) => {
        const questioning = await world.pass(stream)
        assertOwnAnswers(questioning)
        allowed += questioning.answers?.filter(({ status }) => status === 200).length ?? 0
      }),
      { seed, numRuns: 700 },
    )
    assert.ok(allowed > 100, 'too few questions were allowed to say anything')
  })
})

describe('the comparison', () => {
  it('notices an answer that belongs to another question, or to no decision', async (t) => {
    const world = await QuestionWorld.begin()
    t.after(() => world.end())
    const text = questionText('/r0') + questionText('/r1')
    const questioning = await world.pass({ text, pauses: [] })
    const { sent, answers, records } = questioning
    assertOwnAnswers(questioning)
    assert.deepEqual(
      answers?.map(({ status }) => status),
      [200, 200],
    )
    for (const wrong of [
      { ...questioning, answers: answers.toReversed() },
      { ...questioning, answers: undefined },
      { ...questioning, records: [] },
      { ...questioning, records: [...records, ...records] },
      { ...questioning, sent: { ...sent, requests: sent.requests.slice(0, 1) } },
    ]) {
      assert.throws(() => assertOwnAnswers(wrong))
    }
  })

  it('notices a request that was not sent, not recorded, cut or read otherwise', async (t) => {
    const world = await WireWorld.begin()
    t.after(() => world.end())
    const text = 'POST /a HTTP/1.1\r\nHost: open.localhost\r\nContent-Length: 5\r\n\r\nhello'
    const passage = await world.pass({ text, pauses: [] })
    const [received] = passage.received
    assertAllServed(passage)
    assert.ok(received)
    const told = (forged: string): Passage => ({
      ...passage,
      received: [{ ...received, text: forged, read: readRequests(forged) }],
    })
    for (const wrong of [
      { ...passage, records: [] },
      { ...passage, sent: readRequests(text.replace('/a', '/b')) },
      { ...passage, answers: undefined },
      told(received.text.replace('hello', 'jello')),
      told(received.text.replace('POST', 'PUT')),
      told(received.text.slice(0, -1)),
      told(`${received.text}${received.text}`),
      told(`${received.text}x y`),
    ]) {
      assert.throws(() => assertSameUnderstanding(wrong))
    }
    const [one] = forwardedIn(passage)
    assert.ok(one)
    const reader = await startReader('node')
    t.after(() => reader.stop())
    const { misread } = await readingOf(reader.port, [
      { ...one, bytes: one.bytes + one.bytes },
      one,
    ])
    assert.equal(misread.length, 1)
  })
})

/** The requests that an application received whole, but those behind which it was no more HTTP. */
function forwardedIn({ received }: Passage): readonly Forwarded[] {
  return received.flatMap(({ text, read: { requests, starts, end } }) =>
    requests.slice(0, end === 'taken' ? -1 : undefined).map(({ method, target }, index) => ({
      bytes: text.slice(starts[index], starts[index + 1]),
      method,
      target,
    })),
  )
}
