import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { verifyAssertion } from './assertion.ts'

const now = Date.UTC(2026, 2, 17, 9, 30)
const seconds = now / 1000
const gateway = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ed25519')
const header = { alg: 'EdDSA', typ: 'countersign-assertion+jwt', kid: 'k' }
const claims = {
  iss: 'gw_ours',
  aud: 'payroll',
  sub: 'Person::"ada.okoye"',
  iat: seconds,
  exp: seconds + 60,
  sid: 'ses_1',
  cip: '127.0.0.1',
}

function jws(head: object, body: object, key = gateway.privateKey): string {
  const signed = `${encode(head)}.${encode(body)}`
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function check(assertion: string | undefined, at = now) {
  return verifyAssertion(assertion, {
    keyOf: (id) => (id === 'k' ? gateway.publicKey : undefined),
    issuer: 'gw_ours',
    audience: 'payroll',
    now: at,
  })
}

test('what the gateway signed for this application, a moment ago, says who is there', () => {
  assert.deepEqual(check(jws(header, claims)), {
    kind: 'verified',
    caller: {
      type: 'Person',
      id: 'ada.okoye',
      session: 'ses_1',
      address: '127.0.0.1',
      issuer: 'gw_ours',
      expiresAt: seconds + 60,
    },
  })
})

const [first, , last] = jws(header, claims).split('.')
const refusals: Readonly<Record<string, string | undefined>> = {
  'no assertion': undefined,
  'an empty one': '',
  'one that is not a JWS': 'a.b',
  'a JWS of four parts': `${jws(header, claims)}.x`,
  'one that was changed': `${first}.${encode({ ...claims, sub: 'Person::"mallory"' })}.${last}`,
  'one of another signer': jws(header, claims, stranger.privateKey),
  'one without a signature': `${encode({ ...header, alg: 'none' })}.${encode(claims)}.`,
  'one that chose its own algorithm': (() => {
    const signed = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`
    const secret = gateway.publicKey.export({ format: 'der', type: 'spki' })
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
  })(),
  'a token of another kind': jws({ ...header, typ: 'countersign-gateway+jwt' }, claims),
  'one of another gateway': jws(header, { ...claims, iss: 'gw_other' }),
  'one for another application': jws(header, { ...claims, aud: 'records' }),
  'one for several applications': jws(header, { ...claims, aud: ['payroll', 'records'] }),
  'one that expired': jws(header, { ...claims, exp: seconds }),
  'one without an end': jws(header, { ...claims, exp: undefined }),
  'one from the future': jws(header, { ...claims, iat: seconds + 600, exp: seconds + 660 }),
  'one without a subject': jws(header, { ...claims, sub: 'ada' }),
  'an endless one': 'a'.repeat(5_000),
}

for (const [name, assertion] of Object.entries(refusals)) {
  test(`an application refuses ${name}`, () => {
    assert.equal(check(assertion).kind, 'refused')
  })
}

test('an unknown key is told apart, so that the keys can be fetched again', () => {
  assert.deepEqual(check(jws({ ...header, kid: 'new' }, claims)), {
    kind: 'unknown-key',
    keyId: 'new',
  })
})
