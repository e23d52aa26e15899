// What the system knows, as documents: one schema per kind. The journal records changes of
// documents, the feed carries them, and a gateway's snapshot is nothing but a set of them.
import type { PolicySyntax } from '@countersign/policy/syntax'
import { z } from 'zod'
import { isInternal, isPersonal, isPublic } from './classification.ts'
import { deviceFactNames, observedBoolean, provenances } from './facts.ts'
import { upstreamCredential } from './upstream-credential.ts'
import { upstreamIdentity } from './upstream-identity.ts'
import { upstreamPath } from './upstream-path.ts'
import { workloadFederations } from './workload-federation.ts'

const nameMaxCharacters = 256
const listMaxItems = 4096

// A name in a policy is quoted, so any printable text may be an id; bounded, because it is stored, indexed and shown.
export const entityId = isInternal(
  z
    .string()
    .min(1)
    .max(128)
    .regex(/^[\w.@:+/=~-]+$/, 'use letters, digits and any of . @ : + / = ~ _ -'),
)
const name = isInternal(z.string().min(1).max(nameMaxCharacters))
const text = isInternal(z.string().max(2048))
/** Milliseconds since the epoch. */
const instant = isInternal(z.int().nonnegative())
const flag = isInternal(z.boolean())
const ids = isInternal(z.array(entityId).max(listMaxItems))
export const hostname = isPublic(
  z
    .string()
    .max(253)
    .regex(
      /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/,
      'a lower-case host name without port',
    ),
)
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)

export const tiers = [0, 1, 2, 3] as const
/** Criticality of an asset: 0 is what the organisation cannot lose, 3 is of little harm. */
const tier = isInternal(z.literal(tiers))
export type Tier = z.infer<typeof tier>

export const person = z.strictObject({
  id: entityId,
  name: isPersonal(z.string().min(1).max(nameMaxCharacters)),
  email: isPersonal(z.email().max(254)).optional(),
  class: isInternal(z.enum(['employee', 'contractor', 'partner'])),
  title: text.optional(),
  /** What others should know of this person's work. */
  description: text.optional(),
  department: text.optional(),
  manager: entityId.optional(),
  /** Who answers for a contractor or partner. */
  sponsor: entityId.optional(),
  startsAt: instant.optional(),
  endsAt: instant.optional(),
  active: flag,
  groups: ids,
})

/** A name of a workload in a trust domain: lower case, without port, query or fragment. */
export const spiffeId = isInternal(
  z
    .string()
    .max(2048)
    .regex(
      /^spiffe:\/\/[a-z0-9._-]{1,255}(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+$/,
      'a SPIFFE ID such as `spiffe://example.org/payroll`',
    ),
)

export const workload = z.strictObject({
  id: entityId,
  name,
  class: isInternal(z.enum(['service', 'machine', 'shared', 'api-key'])),
  owner: entityId.optional(),
  purpose: text.optional(),
  credentialExpiresAt: instant.optional(),
  /** The one identity that its certificates and tokens name (SPIFFE ID); no other workload has it. */
  spiffeId: spiffeId.optional(),
  /** Tokens of other systems that stand for it; what stands for two workloads stands for neither. */
  federations: workloadFederations.optional(),
  active: flag,
  groups: ids,
})

export const group = z.strictObject({
  id: entityId,
  name,
  description: text.optional(),
  owner: entityId.optional(),
  /** Groups this one is a member of. */
  groups: ids,
})

const observedFacts = z.strictObject(
  Object.fromEntries(deviceFactNames.map((factName) => [factName, observedBoolean.optional()])) as {
    [K in (typeof deviceFactNames)[number]]: z.ZodOptional<typeof observedBoolean>
  },
)

export const device = z.strictObject({
  id: entityId,
  name,
  owner: entityId.optional(),
  ownership: isInternal(z.enum(['corporate', 'personal'])),
  platform: isInternal(z.enum(['windows', 'macos', 'linux', 'ios', 'android', 'embedded'])),
  facts: observedFacts,
})

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
    upstreamPath: upstreamPath.optional(),
    upstreamIdentity: upstreamIdentity.optional(),
    upstreamCredential: upstreamCredential.optional(),
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

export const host = z.strictObject({
  id: entityId,
  name,
  zone: text.optional(),
  applications: ids,
})

export const dataset = z.strictObject({
  id: entityId,
  name,
  owner: entityId.optional(),
  label: isInternal(z.enum(['public', 'internal', 'confidential', 'restricted'])),
  applications: ids,
})

/** How strongly a sign-in proves who someone is, weakest first. Policies compare the number. */
export const strengths = { persona: 1, password: 1, otp: 2, passkey: 3 } as const
export type AuthenticationMethod = keyof typeof strengths

const authentication = isInternal(
  z.strictObject({
    method: z.enum(Object.keys(strengths) as [AuthenticationMethod, ...AuthenticationMethod[]]),
    phishingResistant: z.boolean(),
    observedAt: z.int().nonnegative(),
    provenance: z.enum(provenances),
  }),
)
export type Authentication = z.infer<typeof authentication>

export const session = z.strictObject({
  id: isInternal(z.string().max(64)),
  person: entityId,
  startedAt: instant,
  /** The absolute end; nothing extends it. */
  endsAt: instant,
  authentication,
  device: entityId.optional(),
})

/** Where a token counts: as the cookie of a browser, or with programs that open tunnels. */
export type TokenUse = 'browser' | 'tunnel'

/**
 * A session's token for one host and one use. The id is the SHA-256 of the token in hex: who reads
 * the store or a snapshot cannot present it.
 */
export const token = z.strictObject({
  id: sha256Hex,
  session: isInternal(z.string().max(64)),
  host: hostname,
  endsAt: instant,
  /** Absent for the cookie of a browser. A token for tunnels opens no page, and a cookie no tunnel. */
  use: isInternal(z.literal('tunnel')).optional(),
})

/**
 * One policy as it is released: the checked syntax that gateways compile. Compiling refuses what
 * is not exactly a policy, so only the outline is checked here.
 */
const releasedPolicy = isInternal(
  z.custom<PolicySyntax>((value) => policyOutline.safeParse(value).success, 'not a policy'),
)
const policyOutline = z.looseObject({
  id: z.string().min(1).max(256),
  text: z.string().max(262_144),
  annotations: z.record(z.string(), z.string()),
  est: z.looseObject({ effect: z.enum(['permit', 'forbid']) }),
  stage: z.looseObject({ kind: z.enum(['observe', 'pilot', 'enforce']) }),
})

/** An immutable set of policies. `digest` is the SHA-256 of its canonical JSON without itself. */
export const release = z.strictObject({
  id: isInternal(z.string().max(64)),
  number: isInternal(z.int().positive()),
  createdAt: instant,
  author: isInternal(z.string().max(256)),
  digest: isInternal(sha256Hex),
  policies: isInternal(z.array(releasedPolicy).max(10_000)),
})

/** What every feed document is, by kind. `release` has one current document, with the id `current`. */
export const documentSchemas = {
  person,
  workload,
  group,
  device,
  application,
  host,
  dataset,
  session,
  token,
  release,
} as const

export type DocumentKind = keyof typeof documentSchemas
export type DocumentOf<K extends DocumentKind> = z.infer<(typeof documentSchemas)[K]>
export type Person = DocumentOf<'person'>
export type Workload = DocumentOf<'workload'>
export type Group = DocumentOf<'group'>
export type Device = DocumentOf<'device'>
export type Application = DocumentOf<'application'>
export type Host = DocumentOf<'host'>
export type Dataset = DocumentOf<'dataset'>
export type Session = DocumentOf<'session'>
export type Token = DocumentOf<'token'>
export type Release = DocumentOf<'release'>

export const documentKinds = Object.keys(documentSchemas) as readonly DocumentKind[]

/** A document with its kind, as it travels. */
export type AnyDocument = {
  readonly [K in DocumentKind]: { readonly kind: K; readonly document: DocumentOf<K> }
}[DocumentKind]

export const anyDocument = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('person'), document: person }),
  z.strictObject({ kind: z.literal('workload'), document: workload }),
  z.strictObject({ kind: z.literal('group'), document: group }),
  z.strictObject({ kind: z.literal('device'), document: device }),
  z.strictObject({ kind: z.literal('application'), document: application }),
  z.strictObject({ kind: z.literal('host'), document: host }),
  z.strictObject({ kind: z.literal('dataset'), document: dataset }),
  z.strictObject({ kind: z.literal('session'), document: session }),
  z.strictObject({ kind: z.literal('token'), document: token }),
  z.strictObject({ kind: z.literal('release'), document: release }),
])
