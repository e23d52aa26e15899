import assert from 'node:assert/strict'
import { createSign } from 'node:crypto'
import { describe, it } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { partyKey } from './party.fake.ts'
import { readRedirected, redirectUrl } from './redirect-binding.ts'
import { SamlFault } from './xml.ts'
import { trustedKey } from './xml-signature.ts'

const key = partyKey('sender')
const keys = [trustedKey(key.certificate)]
const destination = 'https://console.example.org/saml/sso'
const url = redirectUrl(
  { destination, parameter: 'SAMLRequest', text: '<a/>', relayState: 'a b&c' },
  key,
)
const query = url.slice(url.indexOf('?') + 1)
const parts = query.split('&')

function deflated(text: string): string {
  return encodeURIComponent(deflateRawSync(Buffer.from(text)).toString('base64'))
}

function signedQuery(pairs: readonly string[], hash = 'RSA-SHA256'): string {
  const signature = createSign(hash).update(pairs.join('&')).sign(key.privateKey, 'base64')
  return `${pairs.join('&')}&Signature=${encodeURIComponent(signature)}`
}

describe('a SAML message in an address', () => {
  it('arrives as it was sent, and shows who sent it', () => {
    const { text, relayState, parameter, requireSignature } = readRedirected(query)
    assert.deepEqual([text, relayState, parameter], ['<a/>', 'a b&c', 'SAMLRequest'])
    requireSignature(keys)
  })

  it('counts in whatever order its parts stand, because the signature is over one order', () => {
    readRedirected(parts.toReversed().join('&')).requireSignature(keys)
    readRedirected(`utm_source=mail&${query}`).requireSignature(keys)
  })

  it('counts as it was encoded by whoever signed it', () => {
    const algorithm = encodeURIComponent('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256')
    const lower = algorithm.replace(/%[0-9A-F]{2}/g, (it) => it.toLowerCase())
    const pairs = [`SAMLRequest=${deflated('<a/>')}`, 'RelayState=a+b', `SigAlg=${lower}`]
    const read = readRedirected(signedQuery(pairs))
    read.requireSignature(keys)
    assert.equal(read.relayState, 'a b')
  })

  const algorithm = `SigAlg=${encodeURIComponent('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256')}`
  const sha1 = `SigAlg=${encodeURIComponent('http://www.w3.org/2000/09/xmldsig#rsa-sha1')}`
  const request = `SAMLRequest=${deflated('<a/>')}`
  const refused: readonly (readonly [string, string, RegExp])[] = [
    [
      'a signature over another order',
      signedQuery([algorithm, request, 'RelayState=x']),
      /does not verify/,
    ],
    ['no signature', `${request}&${algorithm}`, /not signed/],
    ['no algorithm', query.replace(/&SigAlg=[^&]*/, ''), /not signed/],
    ['a signature with SHA-1', signedQuery([request, sha1], 'RSA-SHA1'), /algorithm/],
    ['another relay state', query.replace('RelayState=a', 'RelayState=b'), /does not verify/],
    ['no relay state where one was signed', query.replace(/&RelayState=[^&]*/, ''), /verify/],
    [
      'a relay state where none was signed',
      `${signedQuery([request, algorithm])}&RelayState=x`,
      /verify/,
    ],
    ['an answer in place of the request', query.replace('SAMLRequest', 'SAMLResponse'), /verify/],
  ]
  for (const [what, text, why] of refused) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => readRedirected(text).requireSignature(keys), why)
    })
  }

  const malformed: readonly (readonly [string, string])[] = [
    ['that comes twice', `${request}&${request}`],
    ['with an answer beside it', `${request}&SAMLResponse=${deflated('<a/>')}`],
    ['that is not there', 'RelayState=x'],
    [
      'that is not deflated',
      `SAMLRequest=${encodeURIComponent(Buffer.from('<a/>').toString('base64'))}`,
    ],
    ['that is not base64', 'SAMLRequest=%3Ca%2F%3E'],
    ['that is no address', 'SAMLRequest=%ZZ'],
    ['in another encoding', `${request}&SAMLEncoding=none`],
    ['with a long relay state', `${request}&RelayState=${'x'.repeat(1_025)}`],
  ]
  for (const [what, text] of malformed) {
    it(`is refused as one ${what}`, () => {
      assert.throws(() => readRedirected(text), SamlFault)
    })
  }

  it('is refused where little becomes much when it is inflated', () => {
    const bomb = deflated('x'.repeat(100 * 1024 * 1024))
    assert.ok(bomb.length < 500_000, 'it is small on its way')
    assert.throws(() => readRedirected(`SAMLRequest=${bomb}`), /becomes too large/)
  })
})
