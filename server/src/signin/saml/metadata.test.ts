import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  identityProviderMetadata,
  readApplicationMetadata,
  readProviderMetadata,
  serviceProviderMetadata,
} from './metadata.ts'
import { bare, partyKey } from './party.fake.ts'
import { SamlFault } from './xml.ts'

const key = partyKey('party')
const next = partyKey('next')
const idp = identityProviderMetadata({
  entityId: 'https://idp.example.org/saml',
  signOnUrl: 'https://idp.example.org/sso',
  logoutUrl: 'https://idp.example.org/slo',
  certificates: [key.certificate, next.certificate],
})
const sp = serviceProviderMetadata({
  entityId: 'https://app.example.org/saml',
  acsUrl: 'https://app.example.org/acs',
  logoutUrl: 'https://app.example.org/slo',
  certificates: [key.certificate],
})

describe('the metadata of a SAML party', () => {
  it('says where an identity provider is, and by which keys it is known', () => {
    assert.deepEqual(readProviderMetadata(idp), {
      entityId: 'https://idp.example.org/saml',
      signOnUrl: 'https://idp.example.org/sso',
      certificates: [bare(key), bare(next)],
      singleLogout: { redirect: 'https://idp.example.org/slo' },
      wantResponseSigned: false,
      signsOutThere: true,
    })
  })

  it('says where an application takes its answers', () => {
    assert.deepEqual(readApplicationMetadata(sp), {
      kind: 'saml',
      entityId: 'https://app.example.org/saml',
      assertionConsumers: [{ url: 'https://app.example.org/acs', index: 0 }],
      certificates: [bare(key)],
      singleLogout: { redirect: 'https://app.example.org/slo' },
      nameId: 'persistent',
    })
  })

  it('may have comments, which people write into it', () => {
    const commented = idp.replace('<md:IDPSSODescriptor', '<!-- ours --><md:IDPSSODescriptor')
    assert.equal(readProviderMetadata(commented).entityId, 'https://idp.example.org/saml')
  })

  const weak = partyKey('weak', 1024)
  const refused: readonly (readonly [string, string])[] = [
    ['it is of the other role', sp],
    ['it has a document type', `<!DOCTYPE x [<!ENTITY y "z">]>${idp}`],
    ['it has many parties', `<x xmlns="urn:oasis:names:tc:SAML:2.0:metadata">${idp}</x>`],
    ['its address is not private', idp.replaceAll('https:', 'http:')],
    ['its key is too short', idp.replace(bare(key), bare(weak))],
    ['it has no key', idp.replaceAll(/<md:KeyDescriptor.*?<\/md:KeyDescriptor>/gs, '')],
    ['it is a page', '<html><body>Sign in</body></html>'],
  ]
  for (const [what, text] of refused) {
    it(`is refused where ${what}`, () => assert.throws(() => readProviderMetadata(text), SamlFault))
  }
})
