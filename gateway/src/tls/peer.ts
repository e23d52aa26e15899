// Who is at the other end of a TLS connection: the name it asked for, and the certificate it
// showed, if an authority that we were told to believe vouches for it.
import { createHash, type X509Certificate as NodeCertificate } from 'node:crypto'
import { spiffeId } from '@countersign/contract/documents'
// The library registers its parts through decorators, which need this polyfill.
import 'reflect-metadata'
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
} from '@peculiar/x509'

export interface TlsPeer {
  /** The host name that the client asked for (SNI), in lower case. */
  readonly name: string
  /** Present if the client showed a certificate and it was verified. */
  readonly certificate: ClientCertificate | undefined
}

export interface ClientCertificate {
  /** SHA-256 of the certificate in base64url, as tokens name it (RFC 8705 §3.1). */
  readonly thumbprint: string
  /** Its only URI, if that is a SPIFFE ID. */
  readonly spiffeId: string | undefined
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  /** Milliseconds since the epoch. */
  readonly notAfter: number
}

/** What a verified certificate says. */
export function clientCertificate(certificate: NodeCertificate): ClientCertificate {
  return {
    thumbprint: createHash('sha256').update(certificate.raw).digest('base64url'),
    spiffeId: spiffeIdOf(certificate.raw),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
  }
}

/** Whether a certificate counts at a moment; a connection may outlive it. */
export function isValidAt({ notBefore, notAfter }: ClientCertificate, nowMs: number): boolean {
  return notBefore <= nowMs && nowMs < notAfter
}

// X.509-SVID §2 and §4.1: exactly one URI, and never the certificate of an authority.
function spiffeIdOf(raw: Buffer): string | undefined {
  try {
    const certificate = new X509Certificate(raw)
    if (certificate.getExtension(BasicConstraintsExtension)?.ca === true) return undefined
    const names = certificate.getExtension(SubjectAlternativeNameExtension)?.names.items ?? []
    const uris = names.filter(({ type }) => type === 'url')
    const [uri] = uris
    return uris.length === 1 ? spiffeId.safeParse(uri?.value).data : undefined
  } catch {
    // What cannot be read names nobody.
    return undefined
  }
}
