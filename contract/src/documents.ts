// What the system knows, as documents: one schema per kind. The journal records changes of
// documents, the feed carries them, and a gateway's snapshot is nothing but a set of them.
import type { PolicySyntax } from '@countersign/policy/syntax'
import { z } from 'zod'
import { isInternal, isPersonal, isPublic } from './classification.ts'
import { deviceFactNames, observedBoolean, provenances } from './facts.ts'

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

const tiers = [0, 1, 2, 3] as const
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

export const workload = z.strictObject({
  id: entityId,
  name,
  class: isInternal(z.enum(['service', 'machine', 'shared', 'api-key'])),
  owner: entityId.optional(),
  purpose: text.optional(),
  credentialExpiresAt: instant.optional(),
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

export const application = z.strictObject({
  id: entityId,
  name,
  description: text.optional(),
  owner: entityId.optional(),
  tier,
  /** Host names the gateway serves it under. Empty while it is only in the inventory. */
  hosts: isInternal(z.array(hostname).max(32)),
  /** Where the gateway finds it: scheme, host and port, no path. */
  upstream: isInternal(z.url({ protocol: /^https?$/ }).max(512)).optional(),
  /** Whether requests carry a caller that is a program: the action is then `invoke`. */
  kind: isInternal(z.enum(['web', 'api'])),
  groups: ids,
})

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

/**
 * A session's cookie for one host. The id is the SHA-256 of the cookie's value in hex: who reads
 * the store or a snapshot cannot present it.
 */
export const token = z.strictObject({
  id: sha256Hex,
  session: isInternal(z.string().max(64)),
  host: hostname,
  endsAt: instant,
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
