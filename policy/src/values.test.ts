import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordFromJson } from './json.ts'
import { SetValue, equal, keyOf } from './values.ts'
import type { Value } from './values.ts'

test('a record answers the same however often it is read', () => {
  const json = { risk: 3, ['__proto__x']: 'a', device: { managed: true } }
  const record = recordFromJson(json)
  for (let read = 0; read < 100; read += 1) {
    assert.equal(record.get('risk'), 3)
    assert.equal(record.get('__proto__x'), 'a')
    assert.equal(record.get('toString'), undefined)
    assert.equal(record.has('device'), true)
    assert.equal(record.has('constructor'), false)
    assert.deepEqual(record.names(), ['risk', '__proto__x', 'device'])
  }
})

test('sets within sets cost no more for each level', () => {
  const nested = (innermost: Value): Value => {
    let value = innermost
    for (let level = 0; level < 1_000; level += 1) value = new SetValue([value])
    return value
  }
  assert.ok(equal(nested(1), nested(1)))
  assert.ok(!equal(nested(1), nested(2)))
  assert.ok(keyOf(nested(1)).length < 20_000)
})

test('members are told apart even when their texts run together', () => {
  const pairs = [
    [recordFromJson({ a: '1', b: '2' }), recordFromJson({ a: '1string:b', c: '2' })],
    [new SetValue(['a', 'b']), new SetValue(['a,b'])],
    [new SetValue([new SetValue(['a']), 'b']), new SetValue([new SetValue(['a', 'b'])])],
    [new SetValue(['1']), new SetValue([1])],
  ] as const
  for (const [left, right] of pairs) assert.notEqual(keyOf(left), keyOf(right))
})
