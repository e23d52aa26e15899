import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readCookie, setsOurCookie, withoutOurCookies } from './cookies.ts'

const name = '__Host-countersign'
const value = 'A'.repeat(43)

describe('a Cookie header', () => {
  const headers: readonly (readonly [claim: string, header: string, read: string | undefined])[] = [
    ['with our cookie', `${name}=${value}`, value],
    ['with our cookie among others', `a=b; ${name}=${value}; c=d`, value],
    ['without our cookie', 'a=b', undefined],
    ['with our cookie twice', `${name}=${value}; ${name}=${value}`, undefined],
    ['with our cookie twice, the second empty', `${name}=${value}; ${name}=`, undefined],
    ['with a value that is too short', `${name}=abc`, undefined],
    ['with a value that is too long', `${name}=${value}A`, undefined],
    ['with a quoted value', `${name}="${value}"`, undefined],
    ['with a value of other characters', `${name}=${value.slice(1)}%`, undefined],
    ['with a name in other letters', `__host-COUNTERSIGN=${value}`, undefined],
    ['with a name that only begins like ours', `${name}-flow=${value}`, undefined],
    ['of nothing but separators', ';;;===;', undefined],
    ['with our name and nothing else', name, undefined],
  ]
  for (const [claim, header, read] of headers) {
    it(`${claim} gives ${read === undefined ? 'nobody' : 'its value'}`, () => {
      assert.equal(readCookie(header, name), read)
    })
  }

  const passed: readonly (readonly [header: string, left: string | undefined])[] = [
    [`a=b; ${name}=${value}; c=d`, 'a=b; c=d'],
    [`${name}=${value}`, undefined],
    [`${name}-flow=${value}; a=b`, 'a=b'],
    [`__HOST-Countersign=${value}; a=b`, 'a=b'],
    [`=${name}=${value}; a=b`, 'a=b'],
    [`  ${name} =${value}; a=b`, 'a=b'],
    ['a=b; theme="dark;light"', 'a=b; theme="dark;light"'],
  ]
  for (const [header, left] of passed) {
    it(`\`${header.replace(value, '…')}\` reaches an application as \`${left ?? ''}\``, () => {
      assert.equal(withoutOurCookies(header), left)
    })
  }
})

describe('a Set-Cookie header of an application', () => {
  const ours = [
    `${name}=x; Path=/`,
    ` ${name} = x`,
    `=${name}=x`,
    name,
    `__host-countersign-FLOW=x`,
  ]
  for (const header of ours) {
    it(`\`${header}\` would set our cookie`, () => assert.ok(setsOurCookie(header)))
  }
  for (const header of ['a=b', `a=${name}`, `${name}x=1`, `a=b; ${name}=x`]) {
    it(`\`${header}\` is its own`, () => assert.ok(!setsOurCookie(header)))
  }
})
