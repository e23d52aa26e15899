// What gateways follow: the current documents once, then every change, each signed by the
// control plane. A snapshot plus its changes is the whole state an enforcement point decides from.
import { z } from 'zod'
import { anyDocument, documentKinds } from './documents.ts'

/** The media type of the change stream: one compact JWS per line. */
export const feedMediaType = 'application/vnd.countersign.feed+ndjson'

/** JWS `typ` headers, so that one signed thing can never be taken for another (RFC 8725 §3.11). */
export const snapshotType = 'countersign-snapshot+jws'
export const changesType = 'countersign-changes+jws'
/** `typ` of the token with which a gateway authenticates to the control plane. */
export const gatewayTokenType = 'countersign-gateway+jwt'
/** `typ` of the assertion of identity that upstreams receive. */
export const assertionType = 'countersign-assertion+jwt'

/** How often the server says that nothing changed, in milliseconds. */
export const heartbeatMs = 5_000
/** Largest snapshot a gateway accepts, in bytes of its JWS. */
export const snapshotMaxBytes = 512 * 1024 * 1024
/** Largest single line of the change stream, in bytes. */
export const changeLineMaxBytes = 32 * 1024 * 1024

const change = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('put'), item: anyDocument }),
  z.strictObject({ op: z.literal('remove'), kind: z.enum(documentKinds), id: z.string().max(256) }),
])
export type Change = z.infer<typeof change>

/** All current documents, as of `sequence` in the journal. */
export const snapshot = z.strictObject({
  sequence: z.int().nonnegative(),
  /** When the server signed it, in milliseconds since the epoch. */
  at: z.int().nonnegative(),
  documents: z.array(anyDocument),
})
export type Snapshot = z.infer<typeof snapshot>

/**
 * The changes that lead from journal position `from` to `to`. Empty `changes` with `from` equal
 * to `to` is a heartbeat: it proves that nothing changed up to `at`.
 */
export const changes = z.strictObject({
  from: z.int().nonnegative(),
  to: z.int().nonnegative(),
  at: z.int().nonnegative(),
  changes: z.array(change),
})
export type Changes = z.infer<typeof changes>
