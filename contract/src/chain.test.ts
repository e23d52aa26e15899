import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson } from './canonical.ts'
import { chainHash, chainStart, type Link, verifyChain } from './chain.ts'

function chainOf(records: readonly unknown[]): Link[] {
  let previous = chainStart
  return records.map((record, index) => {
    previous = chainHash(previous, record)
    return { sequence: index + 1, record, hash: previous }
  })
}

const records = fc.array(fc.record({ who: fc.string(), what: fc.integer() }), {
  minLength: 2,
  maxLength: 20,
})

test('an untouched chain verifies to its last hash', () => {
  fc.assert(
    fc.property(records, (list) => {
      const links = chainOf(list)
      assert.deepEqual(verifyChain(links), { last: links.at(-1)?.hash, count: links.length })
    }),
  )
})

test('a changed record, a missing one and two swapped ones are found', () => {
  fc.assert(
    fc.property(records, fc.nat(), (list, seed) => {
      const links = chainOf(list)
      const at = seed % (links.length - 1)
      const changed = links.with(at, { ...links[at]!, record: { who: 'someone else', what: 0.5 } })
      assert.ok('fault' in verifyChain(changed), 'changed')
      assert.ok('fault' in verifyChain(links.toSpliced(at, 1)), 'missing')
      assert.ok(
        'fault' in verifyChain(links.with(at, links[at + 1]!).with(at + 1, links[at]!)),
        'swapped',
      )
    }),
  )
})

test('the canonical text does not depend on the order of members', () => {
  assert.equal(
    canonicalJson({ b: [1, { d: null, c: 'é' }], a: undefined }),
    canonicalJson({ b: [1, { c: 'é', d: null }] }),
  )
})

test('the canonical text sorts names by code units and is otherwise the text of JSON', () => {
  const names = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('10', '9', '__proto__', ''))
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, fc.jsonValue({ maxDepth: 0 }), tie('list'), tie('map')),
    list: fc.array(tie('value')),
    map: fc.dictionary(names, tie('value'), { noNullPrototype: false }),
  }))
  fc.assert(fc.property(value, (given) => assert.equal(canonicalJson(given), slowly(given))))
})

function slowly(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(slowly).join(',')}]`
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${slowly(member)}`).join(',')}}`
}

test('what JSON cannot say has no canonical text', () => {
  for (const value of [Number.NaN, Infinity, 1n, () => 1, [Symbol('x')]])
    assert.throws(() => canonicalJson(value), TypeError)
})

test('the canonical text reads back as the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) =>
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value))),
    ),
  )
})
