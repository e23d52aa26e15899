// Where people are signed in: their own sessions for everyone, all of them for administrators, and
// what gateways see of them.
import { z } from 'zod'
import { isInternal, isPersonal } from '../classification.ts'
import { strengths, type AuthenticationMethod } from '../documents.ts'
import { entityId, tiers } from '../document-shapes.ts'
import { defineRoute, json } from '../route.ts'
import { browserFamilies, platforms, sighting } from '../sighting.ts'
import { page, pageQuery } from './page.ts'

const instant = isInternal(z.int().nonnegative())
const sessionId = isInternal(z.string().min(1).max(64))

/** How it was proved who somebody is. */
const proof = z.strictObject({
  method: isInternal(
    z.enum(Object.keys(strengths) as [AuthenticationMethod, ...AuthenticationMethod[]]),
  ),
  strength: isInternal(z.int()),
  phishingResistant: isInternal(z.boolean()),
  observedAt: instant,
  /** The identity provider elsewhere that saw it; absent where it happened here. */
  provider: entityId.optional(),
})

/** A session as people are shown it. */
const sessionView = z.strictObject({
  id: sessionId,
  /** A browser's, or a program's that somebody approved in a browser. */
  kind: isInternal(z.enum(['browser', 'program'])),
  startedAt: instant,
  /** The absolute end. */
  endsAt: instant,
  /** When it ends if nobody uses it before; absent for an account that no sweep touches. */
  idleEndsAt: instant.optional(),
  /** When it was used last, to about a minute. */
  lastUsedAt: instant,
  proof,
  /** Where and with what it was seen last, coarsely; absent until a gateway has told. */
  seen: z
    .strictObject({
      /** The network of the address: an IPv4 /24 or an IPv6 /48. */
      network: isPersonal(z.string()),
      browser: isInternal(z.enum(browserFamilies)),
      platform: isInternal(z.enum(platforms)),
    })
    .optional(),
  /** The registered device it is on, where that is known. */
  device: z.strictObject({ id: entityId, name: isInternal(z.string()) }).optional(),
  /** Since when it is known to be used on two devices at once; it opens nothing any more. */
  contestedAt: instant.optional(),
})
export type SessionView = z.infer<typeof sessionView>

/** Why somebody was asked to sign in. */
export const promptCauses = [
  'first-of-workday',
  'recent',
  'strong',
  'policy',
  'administration',
  'idle',
  'over',
  'signed-out',
  'ended-by-self',
  'ended-by-administrator',
  'ended-by-provider',
  'factor-removed',
  'contested',
  'another-browser',
  'unasked',
] as const
export type PromptCause = (typeof promptCauses)[number]

const cause = z.strictObject({
  kind: isInternal(z.enum(promptCauses)),
  /** In one sentence, for the person who was asked. */
  words: isInternal(z.string()),
  /** The tier of what was being opened, where something was. */
  tier: isInternal(z.literal(tiers)).optional(),
  application: z.strictObject({ id: entityId, name: isInternal(z.string()) }).optional(),
  /** The decision that asked. */
  decision: isInternal(z.string()).optional(),
})

const ended = json(z.strictObject({ ended: isInternal(z.int().nonnegative()) }))
const reason = isInternal(z.string().trim().min(1).max(1024))

export const sessionsApi = {
  mySessions: defineRoute({
    method: 'GET',
    path: '/api/identity/me/sessions',
    permission: 'self',
    summary: 'where I am signed in, newest first; the current session says so',
    output: json(
      z.strictObject({
        sessions: z.array(sessionView.extend({ isCurrent: isInternal(z.boolean()) })),
      }),
    ),
    problems: ['access.sign_in_required'],
  }),
  endMySession: defineRoute({
    method: 'POST',
    path: '/api/identity/me/sessions/:session/end',
    permission: 'self',
    summary: 'end one of my sessions, everywhere and at once',
    params: z.strictObject({ session: sessionId }),
    body: z.strictObject({}),
    output: ended,
    problems: ['access.sign_in_required', 'identity.session_not_found'],
    event: 'identity.session.ended',
  }),
  endMyOtherSessions: defineRoute({
    method: 'POST',
    path: '/api/identity/me/sessions/end-others',
    permission: 'self',
    summary: 'end all my sessions but this one, with the programs I signed in elsewhere',
    body: z.strictObject({}),
    output: ended,
    problems: ['access.sign_in_required'],
    event: 'identity.session.ended',
  }),
  mySignIns: defineRoute({
    method: 'GET',
    path: '/api/identity/me/sign-ins',
    permission: 'self',
    summary: 'when I was asked to sign in during the last days, and why; newest first',
    query: z.object({ days: z.coerce.number().int().min(1).max(28).default(7) }),
    output: json(
      z.strictObject({
        signIns: z.array(
          z.strictObject({
            at: instant,
            session: sessionId,
            /** A new session, or a proof again within one. */
            kind: isInternal(z.enum(['started', 'strengthened'])),
            proof,
            cause,
          }),
        ),
      }),
    ),
    problems: ['access.sign_in_required'],
  }),
  sessions: defineRoute({
    method: 'GET',
    path: '/api/identity/sessions',
    permission: 'identity.read',
    summary: 'who is signed in where, by id of the session; oldest first',
    query: pageQuery.extend({
      /** Only sessions of this person. */
      person: entityId.optional(),
      /** `1`: only sessions that were seen on two devices at once. */
      contested: z.literal('1').optional(),
    }),
    output: json(
      page(sessionView.extend({ person: entityId, personName: isPersonal(z.string()) })),
    ),
    problems: [],
  }),
  endSession: defineRoute({
    method: 'POST',
    path: '/api/identity/sessions/:session/end',
    permission: 'identity.write',
    summary: 'end somebody’s session, everywhere and at once',
    params: z.strictObject({ session: sessionId }),
    body: z.strictObject({ reason }),
    output: ended,
    problems: ['identity.session_not_found'],
    event: 'identity.session.ended',
  }),
  endSessionsOf: defineRoute({
    method: 'POST',
    path: '/api/identity/people/:person/sessions/end',
    permission: 'identity.write',
    summary: 'end every session of a person, everywhere and at once',
    params: z.strictObject({ person: entityId }),
    body: z.strictObject({ reason }),
    output: ended,
    problems: ['identity.not_found'],
    event: 'identity.session.ended',
  }),
} as const

/** Most sightings in one report. */
export const sightingsMaxCount = 2_000

export const sightingsApi = {
  sightings: defineRoute({
    method: 'POST',
    path: '/api/networks/sightings',
    permission: 'gateway',
    summary: 'tell which sessions were used lately, and where they were seen',
    body: z.strictObject({ sightings: z.array(sighting).max(sightingsMaxCount) }),
    bodyMaxBytes: 2 * 1024 * 1024,
    output: json(z.strictObject({ kept: isInternal(z.int().nonnegative()) })),
    problems: ['networks.gateway_not_enrolled'],
    event: 'identity.session.contested',
  }),
} as const
