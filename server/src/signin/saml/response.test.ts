import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  aboutAda,
  bare,
  expected,
  partyKey,
  signedAnswer,
  signedOddly,
  theirs,
  unsigned,
} from './party.fake.ts'
import { answer } from './answer.ts'
import { claimedRequest, type ExpectedResponse, readResponse } from './response.ts'
import { SamlFault } from './xml.ts'
import { signXml, trustedKey } from './xml-signature.ts'

const key = partyKey('idp')
const other = partyKey('someone else')
const good = signedAnswer(key)

function read(text: string, changes: Partial<ExpectedResponse> = {}) {
  return readResponse(text, expected(key, changes))
}

function refuses(text: string, why: RegExp, changes: Partial<ExpectedResponse> = {}): void {
  assert.throws(
    () => read(text, changes),
    (error) => {
      assert.ok(error instanceof SamlFault, String(error))
      assert.match(error.message, why)
      return true
    },
  )
}

describe('an answer of a SAML identity provider', () => {
  it('says who someone is, and how and when they proved it', () => {
    const { nameId, sessionIndex, contextClass, authenticatedAt, attributes } = read(good)
    assert.deepEqual(nameId, { value: 'ada@example.org' })
    assert.equal(sessionIndex, '_session-1')
    assert.equal(contextClass, 'https://refeds.org/profile/mfa')
    assert.equal(authenticatedAt, theirs.now - 60_000)
    assert.deepEqual(attributes, { mail: ['ada@example.org'] })
  })

  it('is believed by each key of a roll-over', () => {
    const keys = [trustedKey(other.certificate), trustedKey(key.certificate)]
    assert.equal(read(good, { keys }).nameId.value, 'ada@example.org')
  })

  it('is believed where both it and its assertion are signed', () => {
    assert.equal(read(answer(aboutAda(), key)).assertionId, '_assertion-1')
  })

  it('names the request that it answers, and is refused where it names none', () => {
    assert.equal(claimedRequest(good), theirs.requestId)
    const unsolicited = unsigned().replaceAll(` InResponseTo="${theirs.requestId}"`, '')
    assert.throws(() => claimedRequest(unsolicited), /has no `InResponseTo`/)
  })

  const rsa1 = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1'
  const sha1 = 'http://www.w3.org/2000/09/xmldsig#sha1'
  const hmac = 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'
  const c14n = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'
  const comments = 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments'
  const sign = (odd: Parameters<typeof signedOddly>[3]) =>
    signedOddly(unsigned(), '_assertion-1', key, odd)
  const algorithms: readonly (readonly [string, string, RegExp])[] = [
    ['a signature with SHA-1', sign({ signatureAlgorithm: rsa1 }), /algorithm that does not count/],
    ['a digest with SHA-1', sign({ digestAlgorithm: sha1 }), /digest that does not count/],
    [
      'a MAC with our copy of its certificate as the secret',
      sign({ signatureAlgorithm: hmac, isHmac: true }),
      /algorithm that does not count/,
    ],
    [
      'no algorithm at all',
      good.replace('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'none'),
      /algorithm that does not count/,
    ],
    ['another canonical form', sign({ canonicalizationAlgorithm: c14n }), /not made as SAML/],
    [
      'a canonical form with comments',
      sign({ canonicalizationAlgorithm: comments }),
      /not made as/,
    ],
    ['a signature that leaves itself in', sign({ transforms: [c14n] }), /not made as SAML/],
    ['a reference to everything', good.replace('URI="#_assertion-1"', 'URI=""'), /about another/],
  ]
  for (const [what, text, why] of algorithms) {
    it(`is refused with ${what}`, () => refuses(text, why))
  }

  it('is refused where another key signed it, also where it brings that key along', () => {
    const forged = signedAnswer(other)
    assert.ok(forged.includes(bare(other)), 'the key is in the message')
    refuses(forged, /does not verify/)
  })

  it('is refused where the whole is signed and the assertion is not', () => {
    refuses(signXml(unsigned(), '_response-1', key), /assertion is not signed/)
  })

  it('is refused without a signature of the whole, where that is asked for', () => {
    refuses(good, /response is not signed/, { wantResponseSigned: true })
    assert.ok(read(answer(aboutAda(), key), { wantResponseSigned: true }))
  })

  it('is refused where the signature of the whole is of somebody else', () => {
    refuses(signXml(good, '_response-1', other), /does not verify/)
  })

  it('is refused without any signature', () => refuses(unsigned(), /not signed/))

  it('is refused where anything that was signed is changed', () => {
    refuses(
      good.replace('ada@example.org</saml:NameID>', 'eve@example.org</saml:NameID>'),
      /verify/,
    )
    refuses(good.replace('SessionIndex="_session-1"', 'SessionIndex="_session-2"'), /verify/)
  })

  const others: readonly (readonly [string, Parameters<typeof aboutAda>[0], RegExp])[] = [
    ['for another audience', { audience: 'https://other.example.org' }, /for others/],
    [
      'sent to another address',
      { destination: 'https://other.example.org/acs' },
      /another address/,
    ],
    ['of another issuer', { issuer: 'https://evil.example.org' }, /another issuer/],
    ['to the request of another browser', { inResponseTo: '_request-2' }, /another request/],
    ['that has expired', { now: theirs.now - 3_600_000 }, /too old/],
    ['that is not valid yet', { now: theirs.now + 3_600_000 }, /from the future/],
  ]
  for (const [what, changes, why] of others) {
    it(`is refused as one ${what}`, () => refuses(signedAnswer(key, changes), why))
  }

  const inside: readonly (readonly [string, (text: string) => string, RegExp])[] = [
    [
      'whose assertion is for another recipient',
      (text) =>
        text.replace(`Recipient="${theirs.acsUrl}"`, 'Recipient="https://other.example.org"'),
      /nobody may bring/,
    ],
    [
      'whose assertion is to another request',
      (text) => text.replace(/(SubjectConfirmationData.*?InResponseTo=")[^"]*/, '$1_request-2'),
      /nobody may bring/,
    ],
    [
      'whose assertion is of another issuer',
      (text) =>
        text.replace(/(<saml:Assertion.*?<saml:Issuer>)[^<]*/, '$1https://evil.example.org'),
      /assertion is of another issuer/,
    ],
    [
      'whose assertion says for how long it counts only outside of its conditions',
      (text) => text.replace(/<saml:Conditions .*?>/, '<saml:Conditions>'),
      /has no `NotOnOrAfter`/,
    ],
    [
      'whose assertion has expired',
      (text) => text.replace(/(<saml:Conditions .*?NotOnOrAfter=")[^"]*/, '$12026-03-02T08:00:00Z'),
      /has expired/,
    ],
    [
      'whose assertion is not valid yet',
      (text) => text.replace(/(<saml:Conditions NotBefore=")[^"]*/, '$12026-03-02T10:00:00Z'),
      /not valid yet/,
    ],
    [
      'whose time is not a time',
      (text) => text.replace(/(<saml:Conditions .*?NotOnOrAfter=")[^"]*/, '$1tomorrow'),
      /has expired/,
    ],
    [
      'for no audience in particular',
      (text) => text.replace(/<saml:AudienceRestriction>.*?<\/saml:AudienceRestriction>/, ''),
      /for others/,
    ],
    [
      'with a condition that nobody here knows',
      (text) => text.replace('<saml:AudienceRestriction>', '<saml:Odd/><saml:AudienceRestriction>'),
      /not understood/,
    ],
    [
      'of a sign-in in the future',
      (text) => text.replace(/AuthnInstant="[^"]*/, 'AuthnInstant="2026-03-02T12:00:00Z'),
      /in the future/,
    ],
    [
      'of a session that has ended there',
      (text) =>
        text.replace(/SessionNotOnOrAfter="[^"]*/, 'SessionNotOnOrAfter="2026-03-02T08:00:00Z'),
      /has ended/,
    ],
    [
      'that is held by a key and not by a bearer',
      (text) => text.replace('cm:bearer', 'cm:holder-of-key'),
      /nobody may bring/,
    ],
    [
      'with an attribute twice',
      (text) =>
        text.replace(
          '</saml:AttributeStatement>',
          '<saml:Attribute Name="mail"><saml:AttributeValue>eve@example.org</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>',
        ),
      /there twice/,
    ],
  ]
  for (const [what, change, why] of inside) {
    it(`is refused as one ${what}`, () => {
      const changed = signedAnswer(key, {}, (text) => {
        const after = change(text)
        assert.notEqual(after, text, 'the test changes something')
        return after
      })
      refuses(changed, why)
    })
  }

  it('is taken within the skew of two clocks, and not beyond it', () => {
    const minute = 60_000
    assert.ok(read(good, { now: theirs.now + 6 * minute }))
    refuses(good, /has expired/, { now: theirs.now + 7 * minute })
    assert.ok(read(good, { now: theirs.now - 2 * minute }))
    refuses(good, /from the future/, { now: theirs.now - 3 * minute })
  })

  it('never makes a sign-in newer than now', () => {
    const { authenticatedAt } = read(signedAnswer(key), { now: theirs.now - 90_000 })
    assert.equal(authenticatedAt, theirs.now - 90_000)
  })

  it('is refused where the provider reports a failure, whatever else is in it', () => {
    const failed = signedAnswer(key).replace('status:Success', 'status:AuthnFailed')
    refuses(failed, /the provider says/)
  })
})
