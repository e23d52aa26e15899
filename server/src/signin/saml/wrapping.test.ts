// Signature wrapping: a genuine signature is kept, and what it is about is hidden where a reader of
// the message does not look (Somorovsky and others, On Breaking SAML, 2012; variants XSW1 to XSW8).
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { answer } from './answer.ts'
import { aboutAda, expected, partyKey, signedAnswer } from './party.fake.ts'
import { readResponse } from './response.ts'
import { SamlFault } from './xml.ts'

const key = partyKey('idp')
const whole = answer(aboutAda(), key)
const good = signedAnswer(key)

const assertion = found(good, /<saml:Assertion .*<\/saml:Assertion>/s)
const signature = found(assertion, /<ds:Signature .*<\/ds:Signature>/s)
const bare = assertion.replace(signature, '')
const evil = bare
  .replace('_assertion-1', '_evil')
  .replace('ada@example.org</saml:N', 'eve@example.org</saml:N')
const evilSigned = evil.replace('</saml:Issuer>', `</saml:Issuer>${signature}`)
const outer = found(whole, /<ds:Signature .*?URI="#_response-1".*?<\/ds:Signature>/s)
const inner = whole.replace(outer, '')
const evilRoot = (inside: string, from = inner) =>
  from
    .replace('ID="_response-1"', 'ID="_evil-response"')
    .replace('ada@example.org</saml:N', 'eve@example.org</saml:N')
    .replace('</saml:Issuer>', `</saml:Issuer>${inside}`)
const intoSignature = (text: string, inside: string) =>
  text.replace('</ds:Signature>', `<ds:Object>${inside}</ds:Object></ds:Signature>`)
const intoKeyInfo = (text: string, inside: string) =>
  text.replace('</ds:KeyInfo>', `${inside}</ds:KeyInfo>`)

const variants: readonly (readonly [string, string])[] = [
  [
    'XSW1: the signed response inside of the signature of a forged one',
    evilRoot(intoSignature(outer, inner)),
  ],
  ['XSW2: the signed response beside the signature in a forged one', evilRoot(`${inner}${outer}`)],
  [
    'XSW3: a forged assertion before the signed one',
    good.replace(assertion, `${evil}${assertion}`),
  ],
  ['XSW3: a forged assertion after the signed one', good.replace(assertion, `${assertion}${evil}`)],
  [
    'XSW4: the signed assertion inside of a forged one',
    good.replace(assertion, evil.replace('</saml:Assertion>', `${assertion}</saml:Assertion>`)),
  ],
  [
    'XSW5: a forged assertion with the signature, the original at the end',
    good.replace(assertion, `${evilSigned}${bare}`),
  ],
  [
    'XSW6: the original inside of the signature that a forged assertion has',
    good.replace(assertion, intoKeyInfo(evilSigned, bare)),
  ],
  [
    'XSW7: a forged assertion in an extension',
    good.replace(assertion, `<samlp:Extensions>${evil}</samlp:Extensions>${assertion}`),
  ],
  [
    'XSW8: the original in an object of the signature that a forged assertion has',
    good.replace(assertion, intoSignature(evilSigned, bare)),
  ],
  [
    'a forged assertion in an extension, and none where one belongs',
    good.replace(assertion, `<samlp:Extensions>${evilSigned}</samlp:Extensions>${bare}`),
  ],
  [
    'a forged assertion of the same id',
    good.replace(assertion, `${evil.replace('_evil', '_assertion-1')}${assertion}`),
  ],
  [
    'a forged assertion in a namespace of its own',
    good.replace(
      assertion,
      `${evil.replace('<saml:', '<x:').replace('<x:Assertion', '<x:Assertion xmlns:x="urn:x"').replace('</saml:Assertion>', '</x:Assertion>')}${assertion}`,
    ),
  ],
  [
    'a second signature before the genuine one',
    good.replace(signature, `${signature.replace('#_assertion-1', '#_evil')}${signature}`),
  ],
  [
    'a second reference in the signature',
    good.replace(
      '</ds:Reference>',
      `</ds:Reference>${found(signature, /<ds:Reference .*<\/ds:Reference>/s)}`,
    ),
  ],
  [
    'a second list of what was signed',
    good.replace(
      '<ds:SignatureValue>',
      `${found(signature, /<ds:SignedInfo>.*<\/ds:SignedInfo>/s)}<ds:SignatureValue>`,
    ),
  ],
]

describe('a SAML answer with a genuine signature', () => {
  it('is believed as it is, so that the variants are about what they change', () => {
    assert.equal(readResponse(good, expected(key)).nameId.value, 'ada@example.org')
    assert.equal(readResponse(whole, expected(key)).nameId.value, 'ada@example.org')
  })

  for (const [what, text] of variants) {
    it(`is refused as ${what}`, () => {
      assert.ok(text !== good && text !== whole, 'the variant differs')
      assert.throws(() => readResponse(text, expected(key)), SamlFault)
    })
  }

  it('stands for whom it names, though a reader could stop at a comment in the name', () => {
    // The name that was signed for somebody who chose it.
    const chosen = signedAnswer(key, { nameId: { value: 'user@example.org.evil.org' } })
    const split = chosen.replace('user@example.org.evil.org', 'user@example.org<!---->.evil.org')
    assert.throws(() => readResponse(split, expected(key)), /comment/)
    assert.equal(readResponse(chosen, expected(key)).nameId.value, 'user@example.org.evil.org')
  })

  it('is refused where a name is split by an element, or by an instruction to a program', () => {
    const element = signedAnswer(key, {}, (it) => it.replace('ada@e', 'ada<saml:x/>@e'))
    assert.throws(() => readResponse(element, expected(key)), SamlFault)
    const instruction = good.replace('ada@e', 'ada<?x?>@e')
    assert.throws(() => readResponse(instruction, expected(key)), SamlFault)
  })
})

function found(text: string, pattern: RegExp): string {
  const [match] = pattern.exec(text) ?? []
  assert.ok(match !== undefined, `${pattern.source} is there`)
  return match
}
