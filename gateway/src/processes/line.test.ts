// What holds between two processes, whatever one of them does.
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import { type Channel, Line } from './line.process.ts'
import type { Answers } from './questions.ts'

/** Two ends of a channel; what one sends arrives at the other as a copy. */
function joined(): readonly [Channel, Channel, () => void] {
  const ends = [new EventEmitter(), new EventEmitter()] as const
  const channel = (own: EventEmitter, other: EventEmitter): Channel => ({
    send: (message) => {
      other.emit('message', structuredClone(message))
    },
    onMessage: (listener) => void own.on('message', listener),
    onEnd: (listener) => void own.on('end', listener),
  })
  return [
    channel(ends[0], ends[1]),
    channel(ends[1], ends[0]),
    () => {
      for (const end of ends) end.emit('end')
    },
  ]
}

function lineTo(answers: Answers): { readonly line: Line; readonly end: () => void } {
  const [near, far, end] = joined()
  const line = new Line(near, {})
  assert.ok(new Line(far, answers))
  return { line, end }
}

describe('a line', () => {
  it('brings each question its own answer, in whatever order they come', async () => {
    const waiting: (() => void)[] = []
    const { line } = lineTo({
      reach: ({ sequence }) =>
        new Promise((resolve) => waiting.push(() => resolve(sequence === 1))),
    })
    const first = line.ask('reach', { sequence: 1, timeoutMs: 1 }, 1_000)
    const second = line.ask('reach', { sequence: 2, timeoutMs: 1 }, 1_000)
    for (const answer of waiting.reverse()) answer()
    assert.deepEqual(await Promise.all([first, second]), [true, false])
  })

  it('fails a question whose answer fails, is missing or is of another shape', async () => {
    const { line } = lineTo({
      state() {
        throw new Error('not now')
      },
    })
    await assert.rejects(line.ask('state', null, 1_000), /not now/)
    await assert.rejects(line.ask('certificate', 'a', 1_000), /nobody answers `certificate`/)
    const [near, far] = joined()
    far.onMessage((message) => {
      assert.ok(typeof message === 'object' && message !== null && 'id' in message)
      far.send({ kind: 'answer', id: message.id, answered: 'perhaps' })
    })
    await assert.rejects(new Line(near, {}).ask('state', null, 1_000), /Invalid/)
  })

  it('fails what waits when the other process ends, and what is asked afterwards', async () => {
    const { line, end } = lineTo({ reach: () => new Promise(() => {}) })
    const waiting = line.ask('reach', { sequence: 1, timeoutMs: 1 }, 60_000)
    end()
    await assert.rejects(waiting, /is gone/)
    await assert.rejects(line.ask('state', null, 60_000), /is gone/)
  })

  it('fails a question that nobody answers in time', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { line } = lineTo({ reach: () => new Promise(() => {}) })
    const asking = line.ask('reach', { sequence: 1, timeoutMs: 1 }, 5_000)
    t.mock.timers.tick(5_000)
    await assert.rejects(asking, /did not answer `reach` within 5000 ms/)
  })

  it('does not mind what others send on its channel', async () => {
    const [near, far] = joined()
    const line = new Line(near, {})
    assert.ok(new Line(far, { state: () => 'ready' }))
    for (const strange of [{}, { kind: 'ask' }, { kind: 'answer', id: 7, answered: 1 }]) {
      far.send(strange)
      near.send(strange)
    }
    assert.equal(await line.ask('state', null, 1_000), 'ready')
  })
})
