import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Circuit } from './circuit.ts'

const limits = { failuresMaxCount: 3, firstRestMs: 100, restMaxMs: 400 }

test('a few failures keep nobody out', () => {
  const circuit = new Circuit(limits)
  circuit.failed(0)
  circuit.failed(0)
  assert.equal(circuit.admits(0), true)
  circuit.answered()
  circuit.failed(0)
  circuit.failed(0)
  assert.equal(circuit.admits(0), true)
})

test('an application that fails again and again is left alone, for longer each time, to a bound', () => {
  const circuit = new Circuit(limits)
  for (let index = 0; index < 3; index++) circuit.failed(0)
  const rests: number[] = []
  let now = 0
  for (let index = 0; index < 4; index++) {
    const begun = now
    while (!circuit.admits(now)) now += 10
    rests.push(now - begun)
    circuit.failed(now)
  }
  assert.deepEqual(rests, [100, 200, 400, 400])
})

test('a single request finds out whether it answers again, and then all may', () => {
  const circuit = new Circuit(limits)
  for (let index = 0; index < 3; index++) circuit.failed(0)
  assert.deepEqual(
    [0, 100, 100, 150].map((now) => circuit.admits(now)),
    [false, true, false, false],
  )
  circuit.answered()
  assert.equal(circuit.admits(150), true)
  assert.equal(circuit.admits(150), true)
})

test('a request that never comes back keeps nobody out for ever', () => {
  const circuit = new Circuit(limits)
  for (let index = 0; index < 3; index++) circuit.failed(0)
  assert.equal(circuit.admits(100), true)
  assert.equal(circuit.admits(499), false)
  assert.equal(circuit.admits(500), true)
})

test('whatever happened, nobody is kept out for longer than twice the longest rest', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('admits', 'answered', 'failed'), fc.nat(1_000))),
      (events) => {
        const circuit = new Circuit(limits)
        let now = 0
        for (const [event, later] of events) {
          now += later
          circuit[event](now)
        }
        return circuit.admits(now + 2 * limits.restMaxMs)
      },
    ),
  )
})
