// Whom a gateway takes for an application at https. Verification is never off; what an application
// says about trust replaces the authorities, narrows them to keys, or names the certificate's host.
import { createHash, X509Certificate } from 'node:crypto'
import type { UpstreamTrust } from '@countersign/contract/application'
import type { PeerCertificate } from 'node:tls'

/** What `tls.connect` needs to know about the other side, and about us. */
export interface UpstreamTls {
  readonly minVersion: 'TLSv1.2'
  readonly rejectUnauthorized: true
  readonly ca?: string
  readonly servername?: string
  readonly cert?: string
  readonly key?: string
  readonly checkServerIdentity?: (host: string, certificate: PeerCertificate) => Error | undefined
}

export interface ClientPair {
  /** The certificate and its chain in PEM. */
  readonly chain: string
  /** Its private key in PEM. */
  readonly key: string
}

/** The code of the error where a verified certificate is not one of those pinned. */
export const notPinned = 'ERR_UPSTREAM_NOT_PINNED'

type NameCheck = (host: string, certificate: PeerCertificate) => Error | undefined

/** `checkName` is the usual check of the certificate's names. */
export function tlsOf(
  trust: UpstreamTrust | undefined,
  pair: ClientPair | undefined,
  checkName: NameCheck,
): UpstreamTls {
  const { authorities, pins, name } = trust ?? {}
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...(name === undefined ? {} : { servername: name }),
    ...(pair === undefined ? {} : { cert: pair.chain, key: pair.key }),
    ...(pins === undefined ? {} : { checkServerIdentity: pinned(new Set(pins), checkName) }),
  }
}

// Called only for a certificate that an authority vouches for, so a pin narrows and never widens.
function pinned(pins: ReadonlySet<string>, checkName: NameCheck): NameCheck {
  return (host, certificate) => {
    const digest = publicKeyDigest(certificate.raw)
    if (pins.has(digest)) return checkName(host, certificate)
    return Object.assign(new Error(`the key with the digest \`${digest}\` is not pinned`), {
      code: notPinned,
    })
  }
}

/** SHA-256 of a certificate's SubjectPublicKeyInfo in base64, as pins are written (RFC 7469 §2.4). */
export function publicKeyDigest(certificate: Buffer | string): string {
  const { publicKey } = new X509Certificate(certificate)
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')
}
