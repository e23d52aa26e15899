// The file of trust domains: what is taken from it, what stops the gateway, and what changes nothing.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { pino } from 'pino'
import { StartFault } from '#start-fault'
import { trustDomains } from './trust-domains.file.ts'

describe('the file of trust domains', () => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-trust-'))
  const path = join(directory, 'trust-domains.json')
  const logged: string[] = []
  const log = pino(
    {},
    { write: (line: string) => void logged.push((JSON.parse(line) as { msg: string }).msg) },
  )
  let now = 0
  let key: JWK
  before(async () => {
    key = await exportJWK((await generateKeyPair('ES256')).publicKey)
  })
  after(() => rmSync(directory, { recursive: true }))

  const write = (value: unknown): void =>
    writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  const open = () => trustDomains({ path, now: () => now, rereadAfterMs: 10_000, log })
  const domains = (...names: readonly string[]) => ({
    trust_domains: Object.fromEntries(
      names.map((name) => [name, { keys: [{ ...key, kid: 'a', use: 'jwt-svid' }] }]),
    ),
  })

  it('is not needed', () => {
    const none = trustDomains({ path: '', now: () => now, rereadAfterMs: 1, log })
    assert.equal(none.has('example.org'), false)
    assert.equal(none.keysOf('example.org'), undefined)
  })

  it('is read again when it changes, and what cannot be used changes nothing', () => {
    write(domains('one.example'))
    const known = open()
    const both = () => [known.has('one.example'), known.has('two.example')]
    assert.deepEqual(both(), [true, false])
    write(domains('two.example'))
    assert.deepEqual(both(), [true, false])
    now += 10_000
    assert.deepEqual(both(), [false, true])
    write('{')
    now += 10_000
    assert.deepEqual(both(), [false, true])
    assert.deepEqual(logged, [
      'new keys of trust domains are in use',
      'the keys of trust domains cannot be read, so the old ones stay',
    ])
  })

  const bundle = (...keys: readonly unknown[]) => ({ trust_domains: { 'example.org': { keys } } })
  const broken: Readonly<Record<string, () => unknown>> = {
    'that is not JSON': () => '{',
    'that names no trust domain': () => ({ trust_domains: {} }),
    'that is a list of keys': () => [key],
    'with a name that is no trust domain': () => domains('Example.org'),
    'with a trust domain without keys': () => ({ trust_domains: { 'example.org': {} } }),
    'with a key without a name': () => bundle({ ...key, use: 'jwt-svid' }),
    'with a private key': () => bundle({ ...key, kid: 'a', use: 'jwt-svid', d: 'd' }),
    'with a secret': () => bundle({ kty: 'oct', k: 'k', kid: 'a', use: 'jwt-svid' }),
    'with half a key': () => bundle({ kty: 'EC', crv: 'P-256', kid: 'a', use: 'jwt-svid' }),
    'that is longer than any': () => `${' '.repeat(1024 * 1024)}{}`,
  }
  for (const [what, content] of Object.entries(broken)) {
    it(`stops the gateway ${what}`, () => {
      write(content())
      assert.throws(open, StartFault)
    })
  }

  it('stops the gateway where it is not there', () => {
    rmSync(path)
    assert.throws(open, /COUNTERSIGN_GATEWAY_TRUST_DOMAINS/)
  })
})
