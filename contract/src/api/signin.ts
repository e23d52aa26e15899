// Signing in. These routes are open: they are how an anonymous visitor becomes someone.
import { z } from 'zod'
import { isInternal, isPersonal, isPublic } from '../classification.ts'
import { entityId } from '../document-shapes.ts'
import { defineRoute, json, redirect } from '../route.ts'
import { providerOffer } from './signin-federation.ts'

/** A WebAuthn structure as browsers and `@simplewebauthn` exchange it; checked by that library. */
const webauthn = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null,
)
const challenge = z.strictObject({
  /** Names the challenge in the second call. Good for one use and five minutes. */
  challenge: z.string().max(64),
  options: webauthn,
})
const answer = z.strictObject({ challenge: z.string().max(64), response: webauthn })
/** Where to go back to: an absolute URL of a host we serve, or a path of the console. */
const returnTo = isInternal(z.string().max(4096)).optional()
const done = z.strictObject({
  /** Where the browser goes next. */
  next: isInternal(z.string()),
})

export const signinApi = {
  offer: defineRoute({
    method: 'GET',
    path: '/api/signin',
    permission: 'open',
    summary: 'what this installation offers for signing in',
    output: json(
      z.strictObject({
        organisation: isPublic(z.string()),
        /** True until the first administrator exists. */
        setupNeeded: isPublic(z.boolean()),
        /** People one may become with a click; only in the demo. */
        personas: isPublic(
          z.array(
            z.strictObject({
              person: z.string(),
              name: z.string(),
              title: z.string(),
              story: z.string(),
            }),
          ),
        ),
        /** Identity providers elsewhere that anyone may choose. Others are found by `findProvider`. */
        providers: z.array(providerOffer),
        /** Whether an address can lead to a provider, so that it is worth asking for one. */
        findsProviders: isPublic(z.boolean()),
        /** Whether the caller is in a session with a password that a code from their app would raise. */
        appCode: isInternal(z.boolean()),
      }),
    ),
    problems: [],
  }),
  passkeyChallenge: defineRoute({
    method: 'POST',
    path: '/api/signin/passkey/challenge',
    permission: 'open',
    summary: 'begin signing in with a passkey',
    body: z.strictObject({}),
    output: json(challenge),
    problems: ['request.too_many'],
  }),
  passkey: defineRoute({
    method: 'POST',
    path: '/api/signin/passkey',
    permission: 'open',
    summary: 'finish signing in with a passkey; sets the session cookie',
    body: answer.extend({ returnTo }),
    output: json(done),
    problems: ['request.too_many', 'signin.failed', 'signin.expired', 'signin.return_refused'],
    event: 'identity.session.started',
  }),
  persona: defineRoute({
    method: 'POST',
    path: '/api/signin/persona',
    permission: 'open',
    summary: 'become a persona of the demo; sets the session cookie',
    body: z.strictObject({ person: entityId, returnTo }),
    output: json(done),
    problems: ['signin.personas_off', 'signin.failed', 'signin.return_refused'],
    event: 'identity.session.started',
  }),
  linkChallenge: defineRoute({
    method: 'POST',
    path: '/api/signin/link/challenge',
    permission: 'open',
    summary: 'begin registering the first passkey with a single-use link',
    body: z.strictObject({
      /** The secret part of the link. */
      link: z.string().max(128),
      name: isPersonal(z.string().trim().min(1).max(128)),
    }),
    output: json(challenge),
    problems: ['request.too_many', 'signin.link_spent'],
  }),
  link: defineRoute({
    method: 'POST',
    path: '/api/signin/link',
    permission: 'open',
    summary: 'register the first passkey, spend the link and sign in',
    body: answer.extend({ link: z.string().max(128) }),
    output: json(done),
    problems: ['request.too_many', 'signin.link_spent', 'signin.failed', 'signin.expired'],
    event: 'identity.link.spent',
  }),
  signOut: defineRoute({
    method: 'POST',
    path: '/api/signin/signout',
    permission: 'self',
    summary: 'end this session everywhere',
    body: z.strictObject({}),
    output: json(done),
    problems: [],
    event: 'identity.session.ended',
  }),
  continue: defineRoute({
    method: 'GET',
    path: '/signin/continue',
    permission: 'open',
    summary: 'carry a session to the host that asked for it, or go to the sign-in page',
    query: z.object({
      /** The URL the visitor wanted. */
      return: z.string().max(4096),
      /** The challenge that the gateway set in the visitor's browser at that host. */
      flow: z.string().regex(/^[\w-]{43}$/),
      /** Present where a fresh sign-in is needed, though there is a session. */
      fresh: z.literal('1').optional(),
    }),
    output: redirect,
    problems: ['signin.return_refused'],
  }),
} as const
