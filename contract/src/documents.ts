// What the system knows, as documents: one schema per kind. The journal records changes of
// documents, the feed carries them, and a gateway's snapshot is nothing but a set of them.
import type { PolicySyntax } from '@countersign/policy/syntax'
import { z } from 'zod'
import { application } from './application.ts'
import { isInternal, isPersonal } from './classification.ts'
import {
  entityId,
  flag,
  hostname,
  ids,
  instant,
  name,
  nameMaxCharacters,
  text,
} from './document-shapes.ts'
import { deviceFactNames, observedBoolean, provenances } from './facts.ts'
import { signer } from './signer.ts'
import { workloadFederations } from './workload-federation.ts'

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)

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
  /** Present for an account of the last resort; since when it is one. */
  breakGlass: z.strictObject({ since: instant }).optional(),
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

/**
 * How strongly a sign-in proves who someone is, weakest first. Policies compare the number. A
 * recovery code opens the way to a new passkey and little else; a hardware key is a passkey that
 * cannot leave its device, of a model that is allowed here.
 */
export const strengths = {
  persona: 1,
  password: 1,
  'recovery-code': 1,
  otp: 2,
  passkey: 3,
  'hardware-key': 4,
} as const
export type AuthenticationMethod = keyof typeof strengths

const authentication = isInternal(
  z.strictObject({
    method: z.enum(Object.keys(strengths) as [AuthenticationMethod, ...AuthenticationMethod[]]),
    phishingResistant: z.boolean(),
    observedAt: z.int().nonnegative(),
    provenance: z.enum(provenances),
    /** The identity provider elsewhere that saw it; absent where it happened here. */
    provider: entityId.optional(),
    /** The passkey it was made with, by id. */
    credential: z.string().max(64).optional(),
  }),
)
export type Authentication = z.infer<typeof authentication>

/** Why a session ends before its time; a sign-out and the absolute end need no words. */
const endingWhys = [
  'idle',
  'self',
  'administrator',
  'contested',
  'replaced',
  'provider',
  'factor-removed',
] as const
const sessionEnding = z.strictObject({
  why: isInternal(z.enum(endingWhys)),
  /** What the administrator wrote. */
  reason: text.optional(),
})
export type SessionEnding = z.infer<typeof sessionEnding>

export const session = z.strictObject({
  id: isInternal(z.string().max(64)),
  person: entityId,
  startedAt: instant,
  /** The absolute end; nothing extends it. */
  endsAt: instant,
  authentication,
  device: entityId.optional(),
  /** The session that approved it, where it is a program's. It ends with that one. */
  parent: isInternal(z.string().max(64)).optional(),
  /** Since when it is known to be used on two devices at once. It stands for nobody any more. */
  contestedAt: instant.optional(),
  /** Why it is about to end; said in the moment before it is removed, so that it is on record. */
  ending: sessionEnding.optional(),
})

/**
 * What a person can sign in with beyond a passkey; nothing is kept of anyone else. Whoever decides
 * needs it, to ask for a hardware key only where there is one.
 */
const factors = z.strictObject({
  /** The person. */
  id: entityId,
  hardwareKey: isInternal(z.literal(true)),
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
  factors,
  signer,
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
  z.strictObject({ kind: z.literal('factors'), document: factors }),
  z.strictObject({ kind: z.literal('signer'), document: signer }),
  z.strictObject({ kind: z.literal('release'), document: release }),
])
