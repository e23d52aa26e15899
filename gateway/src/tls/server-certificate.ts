// A certificate with its key, read and checked before it is ever shown to anyone: what does not
// fit together, or is not valid now, is a fault and never a certificate.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

export interface ServerCertificate {
  /** The certificate and those that lead to its authority, in PEM, its own first. */
  readonly chain: string
  /** The private key in PEM. */
  readonly key: string
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  /** Milliseconds since the epoch. */
  readonly notAfter: number
  /** SHA-256 of the certificate in hex. */
  readonly fingerprint: string
  /** Whether it is valid for a host name in lower case. */
  readonly covers: (host: string) => boolean
}

/** Why a pair cannot be used. The message is for the operator. */
export class CertificateFault extends Error {
  override readonly name = 'CertificateFault'
}

/** Reads a pair in PEM. Throws `CertificateFault` where it is unreadable, unfit or not valid now. */
export function readCertificate(
  { chain, key }: { readonly chain: string; readonly key: string },
  nowMs: number,
): ServerCertificate {
  const certificates = certificatesIn(chain)
  const [leaf] = certificates
  if (!leaf) throw new CertificateFault('there is no certificate in it')
  const privateKey = readKey(key)
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new CertificateFault('the key is not the key of the certificate; the own one comes first')
  }
  refuseWeak(privateKey)
  for (const [index, certificate] of certificates.entries()) {
    const issuer = certificates[index + 1]
    if (issuer && !(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey))) {
      throw new CertificateFault(`certificate ${index + 1} was not issued by the one behind it`)
    }
  }
  const read: ServerCertificate = {
    chain,
    key,
    notBefore: leaf.validFromDate.getTime(),
    notAfter: leaf.validToDate.getTime(),
    fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    // RFC 9525 §2: names are in the subject alternative names, and nowhere else.
    covers: (host) => leaf.checkHost(host, { subject: 'never' }) !== undefined,
  }
  if (read.notAfter <= nowMs) throw new CertificateFault(`it expired ${dateText(read.notAfter)}`)
  if (read.notBefore > nowMs) {
    throw new CertificateFault(`it is not valid before ${dateText(read.notBefore)}`)
  }
  return read
}

/** The certificates of a PEM text, in its order. Throws `CertificateFault`. */
export function certificatesIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    throw new CertificateFault('a certificate in it cannot be read')
  }
}

/** The day of a moment, for people. */
function dateText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw new CertificateFault('the key cannot be read; it must be in PEM and not encrypted')
  }
}

const rsaMinBits = 2048
const curves: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

function refuseWeak({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): void {
  const isStrong =
    asymmetricKeyType === 'ec'
      ? curves.has(asymmetricKeyDetails?.namedCurve ?? '')
      : asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= rsaMinBits
  if (!isStrong) {
    throw new CertificateFault(
      `the key is neither ECDSA on P-256, P-384 or P-521 nor RSA with at least ${rsaMinBits} bits`,
    )
  }
}
