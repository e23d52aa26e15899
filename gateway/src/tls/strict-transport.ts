// Browsers that came over TLS once are told to never come without it again (RFC 6797).
import type { TlsPeer } from './peer.ts'

const header = ['strict-transport-security', 'max-age=31536000'] as const

/**
 * The header for answers to a client, as names with values. Not for names of this machine: other
 * programs listen there without TLS, and browsers do not keep ports apart.
 */
export function strictTransport(peer: TlsPeer | undefined): readonly (readonly [string, string])[] {
  return peer === undefined || /(?:^|\.)localhost$/.test(peer.name) ? [] : [header]
}
