import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counted, share, tookInWords } from './figures.ts'

test('a little never looks like none, and none never like a little', () => {
  assert.equal(share(0, 10), '0\u202f%')
  assert.equal(share(1, 100_000), 'under 0.1\u202f%')
  assert.equal(share(1, 0), '0\u202f%')
  assert.equal(share(26, 1_000), '2.6\u202f%')
  assert.equal(share(96, 100), '96\u202f%')
})

test('one is one, and many are many', () => {
  assert.equal(counted(1, 'person', 'people'), '1 person')
  assert.equal(counted(1_200, 'person', 'people'), '1,200 people')
  assert.equal(counted(0, 'gateway'), '0 gateways')
})

test('time taken is told in the unit a reader compares', () => {
  assert.equal(tookInWords(840), '840 ns')
  assert.equal(tookInWords(2_400), '2.4 µs')
  assert.equal(tookInWords(1_300_000), '1.3 ms')
})
