import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type IdKind, type IdSource, idPrefixes, isId, newId } from './ids.ts'

const kinds = Object.keys(idPrefixes) as IdKind[]
const source = (now: number, byte: number): IdSource => ({
  now: () => now,
  randomBytes: (count) => new Uint8Array(count).fill(byte),
})

test('an id says what it names and is never taken for another kind', () => {
  for (const kind of kinds) {
    const id = newId(kind, source(1_800_000_000_000, 200))
    for (const other of kinds) assert.equal(isId(other, id), other === kind, `${id} as ${other}`)
  }
})

test('ids sort by the moment they were made', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 47), fc.nat(2 ** 47), (left, right) => {
      const [early, late] = left < right ? [left, right] : [right, left]
      fc.pre(early !== late)
      assert.ok(newId('decision', source(early, 255)) < newId('decision', source(late, 0)))
    }),
  )
})

test('text that only looks like an id is none', () => {
  for (const text of [
    '',
    'dec_',
    'dec_01',
    `dec_${'l'.repeat(26)}`,
    `dec_${'0'.repeat(27)}`,
    `DEC_${'0'.repeat(26)}`,
    `dec_${'0'.repeat(26)}\n`,
  ]) {
    assert.equal(isId('decision', text), false, JSON.stringify(text))
  }
})
