// On what terms we speak TLS: the same for every host, so that no host is a way around another.
import { constants } from 'node:crypto'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { ServerCertificate } from './server-certificate.ts'

/**
 * TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only (RFC 9325 §4.2).
 *
 * Nothing is resumed: without tickets, and without a cache for Node to find sessions in, each
 * connection shows certificates anew, for the name it asks for. A session taken along to another
 * name would skip the check of the client's certificate there.
 */
export const tlsTerms = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  ecdhCurve: 'X25519MLKEM768:X25519:P-256:P-384',
  honorCipherOrder: true,
  secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
} as const satisfies SecureContextOptions

/**
 * Gives the context of a certificate, made once. `authorities` vouch for client certificates.
 */
export function secureContexts(): (
  certificate: ServerCertificate,
  authorities: string | undefined,
) => SecureContext {
  const made = new WeakMap<ServerCertificate, Made>()
  return (certificate, authorities) => {
    const known = made.get(certificate)
    if (known && known.authorities === authorities) return known.context
    const context = createSecureContext({
      ...tlsTerms,
      cert: certificate.chain,
      key: certificate.key,
      ...(authorities === undefined ? {} : { ca: authorities }),
    })
    made.set(certificate, { authorities, context })
    return context
  }
}

interface Made {
  readonly authorities: string | undefined
  readonly context: SecureContext
}
