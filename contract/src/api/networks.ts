// What a gateway asks of the control plane, and how it becomes one.
import { z } from 'zod'
import { isInternal } from '../classification.ts'
import { decisionRecord } from '../decision.ts'
import { hostname } from '../document-shapes.ts'
import { feedMediaType } from '../feed.ts'
import { defineRoute, json, text } from '../route.ts'
import { p256PublicKey } from '../signer.ts'
import { failingUpstream, upstreamHealthReport } from '../upstream-health.ts'

/** A public Ed25519 key as a JWK (RFC 8037). */
export const publicKey = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[\w-]{43}$/),
})
export type PublicKey = z.infer<typeof publicKey>

/** Most decision records in one shipment. */
export const shipmentMaxRecords = 2_000
const shipmentMaxBytes = 32 * 1024 * 1024

const gatewaySummary = z.strictObject({
  id: isInternal(z.string()),
  name: isInternal(z.string()),
  enrolledAt: isInternal(z.int()),
  /** Last time it spoke to us, and the feed position it said it had. */
  seenAt: isInternal(z.int()).optional(),
  sequence: isInternal(z.int()).optional(),
  /** Applications that it found not to work. */
  failing: z.array(failingUpstream),
})

export const networksApi = {
  enrol: defineRoute({
    method: 'POST',
    path: '/api/networks/gateways',
    permission: 'open',
    summary: 'enrol a gateway with a single-use token',
    body: z.strictObject({
      token: z.string().max(128),
      name: isInternal(z.string().min(1).max(64)),
      publicKey: isInternal(publicKey),
    }),
    output: json(
      z.strictObject({
        gateway: isInternal(z.string()),
        /** The key that signs the feed; the gateway pins it. */
        feedKey: isInternal(publicKey),
        /** The host of the console, where people sign in, and its public address. */
        consoleUrl: isInternal(z.string()),
      }),
    ),
    problems: ['networks.enrolment_refused'],
    event: 'networks.gateway.enrolled',
  }),
  invite: defineRoute({
    method: 'POST',
    path: '/api/networks/invitations',
    permission: 'networks.write',
    summary: 'issue a single-use token with which one new gateway can enrol within an hour',
    body: z.strictObject({}),
    output: json(z.strictObject({ token: z.string(), expiresAt: isInternal(z.int()) })),
    problems: [],
    event: 'identity.link.issued',
  }),
  gateways: defineRoute({
    method: 'GET',
    path: '/api/networks/gateways',
    permission: 'networks.read',
    summary: 'gateways and how far each has followed the feed',
    output: json(z.strictObject({ gateways: z.array(gatewaySummary) })),
    problems: [],
  }),
  snapshot: defineRoute({
    method: 'GET',
    path: '/api/networks/feed/snapshot',
    permission: 'gateway',
    summary: 'all current documents, signed',
    output: text('application/jose'),
    problems: ['networks.gateway_not_enrolled'],
  }),
  changes: defineRoute({
    method: 'GET',
    path: '/api/networks/feed/changes',
    permission: 'gateway',
    summary:
      'every change after a position, signed, as it happens; 409 where the position is ahead of the journal',
    query: z.object({ after: z.coerce.number().int().nonnegative() }),
    output: text(feedMediaType),
    problems: ['networks.gateway_not_enrolled', 'request.conflict'],
  }),
  credentials: defineRoute({
    method: 'GET',
    path: '/api/networks/credentials',
    permission: 'gateway',
    summary: 'the credentials with which to sign in to applications, sealed for this gateway',
    /** A JWS in which the gateway names the key to seal for. */
    query: z.strictObject({ key: z.string().max(1_024) }),
    output: json(z.strictObject({ sealed: z.string() })),
    problems: ['networks.gateway_not_enrolled'],
  }),
  tellKeys: defineRoute({
    method: 'PUT',
    path: '/api/networks/keys',
    permission: 'gateway',
    summary: 'tell with which key, besides the enrolled one, a gateway signs assertions',
    body: z.strictObject({ p256: isInternal(p256PublicKey) }),
    output: json(z.strictObject({})),
    problems: ['networks.gateway_not_enrolled'],
    event: 'networks.gateway.keys-told',
  }),
  ship: defineRoute({
    method: 'POST',
    path: '/api/networks/decisions',
    permission: 'gateway',
    summary: 'hand over recorded decisions; what is acknowledged is kept',
    body: z.strictObject({ records: z.array(decisionRecord).max(shipmentMaxRecords) }),
    bodyMaxBytes: shipmentMaxBytes,
    output: json(z.strictObject({ kept: z.int().nonnegative() })),
    problems: ['networks.gateway_not_enrolled'],
  }),
  reportHealth: defineRoute({
    method: 'PUT',
    path: '/api/networks/health',
    permission: 'gateway',
    summary: 'tell which applications work, of those that say how to find out',
    body: upstreamHealthReport,
    bodyMaxBytes: 4 * 1024 * 1024,
    output: json(z.strictObject({})),
    problems: ['networks.gateway_not_enrolled'],
  }),
  handoff: defineRoute({
    method: 'POST',
    path: '/api/networks/handoffs',
    permission: 'gateway',
    summary: 'redeem the single-use code with which a session is carried to another host',
    body: z.strictObject({
      code: z.string().regex(/^[\w-]{43}$/),
      host: hostname,
      flow: z.string().regex(/^[\w-]{43}$/),
    }),
    output: json(
      z.strictObject({
        /** The value of the session cookie for that host. */
        token: z.string(),
        /** Where the visitor wanted to go: a path with its query. */
        returnTo: isInternal(z.string()),
        maxAgeSeconds: isInternal(z.int()),
        /** The feed position that includes the session; wait for it before going on. */
        sequence: isInternal(z.int()),
      }),
    ),
    problems: ['networks.gateway_not_enrolled', 'signin.expired'],
    event: 'identity.session.extended',
  }),
} as const
