import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountFlags, isDomainController, isEnabled } from './account-control.ts'
import { dnKey, guidOf, relativeId, sidOf } from './identifiers.ts'
import { fileTime, generalizedTime, interval } from './times.ts'

test('both values for never are never, and a count of steps is a moment', () => {
  assert.equal(fileTime('0'), 'never')
  assert.equal(fileTime('9223372036854775807'), 'never')
  assert.equal(fileTime('116444736000000000'), 0)
  assert.equal(fileTime('133485408000000000'), Date.UTC(2024, 0, 1))
  assert.equal(fileTime('soon'), undefined)
  assert.equal(fileTime(undefined), undefined)
})

test('a maximum age is a length, or never', () => {
  assert.equal(interval('-36288000000000'), 42 * 86_400_000)
  assert.equal(interval('-9223372036854775808'), 'never')
  assert.equal(interval('0'), 'never')
})

test('generalized times are read with fractions and zones, and nothing else is', () => {
  assert.equal(generalizedTime('20240101000000.0Z'), Date.UTC(2024, 0, 1))
  assert.equal(generalizedTime('20240101000000.25Z'), Date.UTC(2024, 0, 1) + 250)
  assert.equal(generalizedTime('2024010112Z'), Date.UTC(2024, 0, 1, 12))
  assert.equal(generalizedTime('20240101120000+0200'), Date.UTC(2024, 0, 1, 10))
  assert.equal(generalizedTime('20241301000000Z'), undefined)
  assert.equal(generalizedTime('yesterday'), undefined)
})

test('identifiers in octets and in text are the same identifiers', () => {
  const sid = Buffer.from('010500000000000515000000010000000200000003000000f4010000', 'hex')
  assert.equal(sidOf(sid), 'S-1-5-21-1-2-3-500')
  assert.equal(sidOf('s-1-5-21-1-2-3-500'), 'S-1-5-21-1-2-3-500')
  assert.equal(sidOf(sid.subarray(0, 20)), undefined)
  assert.equal(relativeId('S-1-5-21-1-2-3-500'), 500)
  const guid = Buffer.from('33221100554477668899aabbccddeeff', 'hex')
  assert.equal(guidOf(guid), '00112233-4455-6677-8899-aabbccddeeff')
  assert.equal(guidOf('{00112233-4455-6677-8899-AABBCCDDEEFF}'), guidOf(guid))
})

test('two spellings of a distinguished name meet', () => {
  assert.equal(dnKey('CN=Ann Lee, OU=People , DC=x'), dnKey('cn=ann lee,ou=people,dc=x'))
  assert.equal(dnKey(String.raw`CN=Lee\, Ann,DC=x`), dnKey(String.raw`CN=Lee\2C Ann,DC=x`))
  assert.equal(dnKey(String.raw`CN=J\C3\BCrg,DC=x`), dnKey('cn=jürg,dc=x'))
  assert.notEqual(dnKey(String.raw`CN=Lee\, Ann,DC=x`), dnKey('CN=Lee,CN=Ann,DC=x'))
})

test('the bits of an account are words, and the unreliable ones are read elsewhere', () => {
  const flags = accountFlags(0x200 | 0x20 | 0x1_0000 | 0x10, undefined)
  assert.equal(flags.passwordNotRequired, true)
  assert.equal(flags.passwordNeverExpires, true)
  assert.equal(flags.preAuthenticationOff, false)
  assert.equal(flags.lockedOut, undefined)
  assert.equal(accountFlags(0x200, 0x10).lockedOut, true)
  assert.deepEqual(accountFlags(undefined, undefined), {})
  assert.equal(isEnabled(0x202), false)
  assert.equal(isDomainController(0x8_2000), true)
  assert.equal(isDomainController(0x1000), false)
})
