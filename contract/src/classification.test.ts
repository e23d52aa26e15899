import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { classificationOf, isInternal, isPersonal, isPublic, loggable } from './classification.ts'

const schema = z.strictObject({
  id: isInternal(z.string()),
  host: isPublic(z.string()),
  name: isPersonal(z.string()),
  token: z.string(),
  note: isInternal(z.string()).optional(),
  nested: z.strictObject({ seen: isInternal(z.int()), pin: z.string() }),
  list: z.array(z.strictObject({ id: isInternal(z.string()), key: z.string() })),
})

test('a field that nobody classified is a secret', () => {
  assert.equal(classificationOf(schema.shape.token), 'secret')
})

test('a log line keeps what is public or internal and hides the rest', () => {
  const value = {
    id: 'a',
    host: 'h',
    name: 'Ada',
    token: 't',
    note: 'n',
    nested: { seen: 1, pin: '1234' },
    list: [{ id: 'x', key: 'k' }],
  }
  assert.deepEqual(loggable(schema, value), {
    id: 'a',
    host: 'h',
    name: '[personal]',
    token: '[secret]',
    note: 'n',
    nested: { seen: 1, pin: '[secret]' },
    list: [{ id: 'x', key: '[secret]' }],
  })
})

test('a member the schema does not know is hidden', () => {
  const extra: unknown = { id: 'a', surprise: 'password' }
  assert.deepEqual(loggable(schema, extra), { id: 'a', surprise: '[secret]' })
})

test('classifying a schema does not classify the schema it was made from', () => {
  const base = z.string()
  isPublic(base)
  assert.equal(classificationOf(base), 'secret')
})
