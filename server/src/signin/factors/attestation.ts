// What an authenticator proves of itself. A passkey that cannot leave its device, of a model that is
// on the organisation's list, is a hardware key; its maker's certificate says the model.
import { createHash, X509Certificate } from 'node:crypto'
import type { FactorsPolicy } from '@countersign/contract/factors'
import { decodeAttestationObject } from '@simplewebauthn/server/helpers'
import type { Passkey } from '#signin/passkey'

export interface AttestationFacts {
  /** Who vouches for the model: a certificate, the new key itself, or nobody. */
  readonly trust: 'certified' | 'self' | 'none'
  /** SHA-256 of each certificate in hex, the authenticator's own first. */
  readonly certificates: readonly string[]
}

/** What an attestation, whose signature was verified already, rests on. */
export function attestationFacts(object: Uint8Array): AttestationFacts {
  const chain = certificatesIn(object)
  if (chain.length > 0) {
    const certificates = chain.map((der) => createHash('sha256').update(der).digest('hex'))
    return { trust: 'certified', certificates }
  }
  const format = decodeAttestationObject(copyOf(object)).get('fmt')
  // WebAuthn L3 §8.2: without certificates, `packed` is signed by the new key itself.
  return { trust: format === 'packed' ? 'self' : 'none', certificates: [] }
}

/**
 * Whether signing in with this passkey counts as a hardware key. The chain is checked as it was on
 * the day of registration: a key does not wear out with the certificate of its batch.
 */
export function isHardwareKey(
  {
    backupEligible,
    attestation,
    aaguid,
    registeredAt,
  }: Pick<Passkey, 'backupEligible' | 'attestation' | 'aaguid' | 'registeredAt'>,
  { hardwareKeys }: Pick<FactorsPolicy, 'hardwareKeys'>,
): boolean {
  if (backupEligible || attestation.trust !== 'certified') return false
  const model = hardwareKeys.find((it) => it.aaguid === aaguid)
  if (!model) return false
  if (model.roots.length === 0) return true
  const roots = model.roots.flatMap((pem) => readCertificate(pem) ?? [])
  const chain = certificatesIn(Buffer.from(attestation.object, 'base64url'))
    .slice(0, chainMaxLength)
    .flatMap((der) => readCertificate(der) ?? [])
  return leadsTo(chain, roots, registeredAt)
}

/** A certificate, or undefined where it is none. */
export function readCertificate(text: string | Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(text)
  } catch {
    return undefined
  }
}

const chainMaxLength = 6

// RFC 5280 §6.1, as far as an attestation has use for it: each certificate is issued by the next,
// all are valid at the moment, and the last is a root or issued by one.
function leadsTo(
  chain: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  at: number,
): boolean {
  const last = chain.at(-1)
  if (!last || !chain.every((certificate) => isValidAt(certificate, at))) return false
  const isLinked = chain.every((certificate, index) => {
    const issuer = chain[index + 1]
    return issuer === undefined || isIssuedBy(certificate, issuer)
  })
  return (
    isLinked &&
    roots.some(
      (root) => isValidAt(root, at) && (root.raw.equals(last.raw) || isIssuedBy(last, root)),
    )
  )
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

function isValidAt({ validFromDate, validToDate }: X509Certificate, at: number): boolean {
  return validFromDate.getTime() <= at && at <= validToDate.getTime()
}

function certificatesIn(object: Uint8Array): readonly Uint8Array[] {
  return decodeAttestationObject(copyOf(object)).get('attStmt').get('x5c') ?? []
}

function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes)
}
