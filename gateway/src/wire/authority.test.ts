import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorityText, readAuthority } from './authority.ts'

describe('a Host header', () => {
  const read: readonly (readonly [text: string, name: string, port: string | undefined])[] = [
    ['wiki.example', 'wiki.example', undefined],
    ['WIKI.Example:7400', 'wiki.example', '7400'],
    ['127.0.0.1:80', '127.0.0.1', '80'],
    ['[::1]:7400', '[::1]', '7400'],
  ]
  for (const [text, name, port] of read) {
    it(`\`${text}\` names one host`, () => {
      assert.deepEqual(readAuthority(text), { name, port })
      assert.equal(authorityText({ name, port }), text.toLowerCase())
    })
  }

  const refused = [
    '',
    ' ',
    'wiki.example.',
    'wiki..example',
    '-wiki.example',
    'wiki_x.example',
    'ada@wiki.example',
    'wiki.example:',
    'wiki.example:99999',
    'wiki.example:80:80',
    'wiki.example/x',
    'wiki.example#x',
    'wiki.example\\x',
    'wiki.example, ledger.example',
    'wiki%2eexample',
    'wíki.example',
    '[::1',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(130)}example`,
  ]
  for (const text of refused) {
    it(`\`${text.slice(0, 40)}\` names no host`, () => assert.equal(readAuthority(text), undefined))
  }
})
