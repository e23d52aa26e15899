// An application: where it is, how a gateway reaches it and what it is told of its visitors.
import { z } from 'zod'
import { isInternal } from './classification.ts'
import { entityId, flag, hostname, ids, instant, name, text, tier } from './document-shapes.ts'
import { signOn } from './sign-on.ts'
import { upstreamCredential } from './upstream-credential.ts'
import { upstreamHealth } from './upstream-health.ts'
import { upstreamIdentity } from './upstream-identity.ts'
import { upstreamPath } from './upstream-path.ts'

const pemMaxCharacters = 65_536
/**
 * What a gateway asks of an application at https, besides a valid certificate for its name.
 * Everything here narrows or replaces whom to trust; nothing switches verification off.
 */
const upstreamTrust = z.strictObject({
  /** Certificates in PEM of the only authorities that may vouch for it; the usual ones otherwise. */
  authorities: isInternal(z.string().min(1).max(pemMaxCharacters)).optional(),
  /** SHA-256 of its public key (SubjectPublicKeyInfo) in base64; one of them must be its own. */
  pins: isInternal(
    z
      .array(z.string().regex(/^[A-Za-z0-9+/]{43}=$/, 'SHA-256 in base64, 44 characters'))
      .min(1)
      .max(8),
  ).optional(),
  /** The name its certificate must carry, where that is not the host of its address. */
  name: hostname.optional(),
  /** The certificate with which the gateway shows itself: a name of files kept at the gateway. */
  clientCertificate: isInternal(
    z
      .string()
      .max(64)
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens'),
  ).optional(),
})
export type UpstreamTrust = z.infer<typeof upstreamTrust>

/** How long a gateway waits for an application, in milliseconds; the gateway's own limits else. */
const upstreamPatience = z.strictObject({
  /** Until the head of an answer. */
  headMaxMs: isInternal(z.int().min(100).max(3_600_000)).optional(),
  /** Between two parts of an answer. */
  idleMaxMs: isInternal(z.int().min(100).max(86_400_000)).optional(),
})

// Host and port are both written out: a tunnel leads there and nowhere else.
const tcpAddress =
  /^tcp:\/\/(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]):[1-9]\d{0,4}$/

export const application = z
  .strictObject({
    id: entityId,
    name,
    description: text.optional(),
    owner: entityId.optional(),
    tier,
    /** Host names the gateway serves it under. Empty while it is only in the inventory. */
    hosts: isInternal(z.array(hostname).max(32)),
    /** Where the gateway finds it: scheme, host and port, no path. */
    upstream: isInternal(z.url({ protocol: /^(?:https?|tcp)$/ }).max(512)).optional(),
    upstreamTrust: upstreamTrust.optional(),
    upstreamPatience: upstreamPatience.optional(),
    /** How gateways find out whether it works. They do not look where this is not said. */
    upstreamHealth: upstreamHealth.optional(),
    upstreamPath: upstreamPath.optional(),
    upstreamIdentity: upstreamIdentity.optional(),
    upstreamCredential: upstreamCredential.optional(),
    /** How people are signed on to it where it asks us who they are, in a protocol of its own. */
    signOn: signOn.optional(),
    /** When a credential of its was set or removed last; the server says so. */
    credentialsChangedAt: instant.optional(),
    /** Whether visitors who have not signed in are meant to get in. Policies decide; this is what was meant. */
    openToAnyone: flag.optional(),
    /**
     * Whether requests carry a caller that is a program: the action is then `invoke`. What speaks
     * TCP is reached through tunnels only: the action is then `connect`.
     */
    kind: isInternal(z.enum(['web', 'api', 'tcp'])),
    /**
     * Whether a forbid that cannot be evaluated refuses, a departure from Cedar, which skips it.
     * Where this is not said: on for tier 0, off for the others.
     */
    strict: flag.optional(),
    groups: ids,
  })
  .refine(
    ({ kind, upstream }) =>
      upstream === undefined || (kind === 'tcp' ? tcpAddress : /^https?:/i).test(upstream),
    {
      path: ['upstream'],
      error:
        'an application of kind `tcp` lies at `tcp://host:port`, and any other at http or https',
    },
  )
