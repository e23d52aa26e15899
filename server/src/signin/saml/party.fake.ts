// An identity provider elsewhere, for tests: it says whatever it is told to, signed in whichever way.
import { generateKeyPairSync } from 'node:crypto'
import type { Session } from '@countersign/contract/documents'
import { SignedXml } from 'xml-crypto'
import { answer, type SamlAnswer } from './answer.ts'
import { selfSigned } from './certificate.ts'
import type { ExpectedResponse } from './response.ts'
import { type SamlKey, signXml, trustedKey } from './xml-signature.ts'

/** A key with its certificate. */
export function partyKey(name: string, modulusLength = 2048): SamlKey {
  const { privateKey: made } = generateKeyPairSync('rsa', { modulusLength })
  const privateKey = made.export({ type: 'pkcs8', format: 'pem' }).toString()
  const serial = new Uint8Array([7])
  return { privateKey, certificate: selfSigned({ privateKey, name, serial, now: Date.now() }) }
}

/** A certificate as metadata has it. */
export function bare({ certificate }: SamlKey): string {
  return certificate.replace(/-----[A-Z ]+-----|\s/g, '')
}

export const theirs = {
  entityId: 'https://idp.example.org/saml',
  acsUrl: 'https://console.example.org/signin/saml/corp/acs',
  audience: 'https://console.example.org/signin/saml/corp/metadata',
  requestId: '_request-1',
  now: Date.UTC(2026, 2, 2, 9),
} as const

/** What our side expects of it. */
export function expected(key: SamlKey, changes: Partial<ExpectedResponse> = {}): ExpectedResponse {
  return {
    issuer: theirs.entityId,
    keys: [trustedKey(key.certificate)],
    audience: theirs.audience,
    acsUrl: theirs.acsUrl,
    requestId: theirs.requestId,
    wantResponseSigned: false,
    now: theirs.now,
    ...changes,
  }
}

const session: Session = {
  id: 'ses_1',
  person: 'ada',
  startedAt: theirs.now - 60_000,
  endsAt: theirs.now + 3_600_000,
  authentication: {
    method: 'passkey',
    phishingResistant: true,
    observedAt: theirs.now - 60_000,
    provenance: 'attested',
  },
}

/** What it says of Ada unless told otherwise. */
export function aboutAda(changes: Partial<SamlAnswer> = {}): SamlAnswer {
  return {
    id: '_response-1',
    issuer: theirs.entityId,
    destination: theirs.acsUrl,
    now: theirs.now,
    inResponseTo: theirs.requestId,
    assertionId: '_assertion-1',
    audience: theirs.audience,
    nameId: { value: 'ada@example.org' },
    sessionIndex: '_session-1',
    session,
    attributes: [{ name: 'mail', values: ['ada@example.org'] }],
    ...changes,
  }
}

const unsignedKey = partyKey('nobody')

/** Its answer without any signature. */
export function unsigned(changes: Partial<SamlAnswer> = {}): string {
  return withoutSignatures(answer(aboutAda(changes), unsignedKey))
}

function withoutSignatures(text: string): string {
  return text.replace(/<ds:Signature .*?<\/ds:Signature>/gs, '')
}

/** Its answer with the assertion signed, and nothing else, after `change` was made to it. */
export function signedAnswer(
  key: SamlKey,
  changes: Partial<SamlAnswer> = {},
  change: (text: string) => string = (text) => text,
): string {
  return signXml(change(unsigned(changes)), '_assertion-1', key)
}

export interface Odd {
  readonly signatureAlgorithm?: string
  readonly digestAlgorithm?: string
  readonly canonicalizationAlgorithm?: string
  readonly transforms?: readonly string[]
  readonly uri?: string
  readonly isHmac?: boolean
}

/** Signs as nobody should. */
export function signedOddly(text: string, id: string, key: SamlKey, odd: Odd): string {
  const xpath = `//*[@ID='${id}']`
  const signing = new SignedXml({
    privateKey: odd.isHmac === true ? key.certificate : key.privateKey,
    publicCert: key.certificate,
    signatureAlgorithm:
      odd.signatureAlgorithm ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm:
      odd.canonicalizationAlgorithm ?? 'http://www.w3.org/2001/10/xml-exc-c14n#',
  })
  if (odd.isHmac === true) signing.enableHMAC()
  signing.addReference({
    xpath,
    uri: odd.uri ?? `#${id}`,
    transforms: [
      ...(odd.transforms ?? [
        'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
        'http://www.w3.org/2001/10/xml-exc-c14n#',
      ]),
    ],
    digestAlgorithm: odd.digestAlgorithm ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
  })
  signing.computeSignature(text, {
    prefix: 'ds',
    location: { reference: `${xpath}/*[local-name()='Issuer']`, action: 'after' },
  })
  return signing.getSignedXml()
}
