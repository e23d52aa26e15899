import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Secret } from './secret.ts'

const secret = new Secret('hunter2')

const renderings: Readonly<Record<string, () => string>> = {
  'as text': () => String(secret),
  'as JSON': () => JSON.stringify({ secret }),
  'in an inspector': () => inspect({ nested: { secret } }, { depth: 9, showHidden: true }),
  'among the keys and values': () => Object.entries(secret).flat().join(),
  'in an error': () =>
    new Error('failed', { cause: secret }).stack + inspect(new Error('failed', { cause: secret })),
}

for (const [where, render] of Object.entries(renderings)) {
  test(`a secret does not show ${where}`, () => assert.doesNotMatch(render(), /hunter2/))
}

test('a secret gives its value only when asked by name', () =>
  assert.equal(secret.reveal(), 'hunter2'))
