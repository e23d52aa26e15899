// Ways in besides a passkey that is there already: a link for enrolling, a recovery code, and a
// code from an app on top of a password.
import { z } from 'zod'
import { isInternal, isPersonal } from '../classification.ts'
import { defineRoute, json } from '../route.ts'

const webauthn = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null,
)
const link = z.string().max(128)
const returnTo = isInternal(z.string().max(4096)).optional()
const done = z.strictObject({
  /** Where the browser goes next. */
  next: isInternal(z.string()),
})

export const signinFactorsApi = {
  enrolChallenge: defineRoute({
    method: 'POST',
    path: '/api/signin/enrol/challenge',
    permission: 'open',
    summary: 'begin registering a passkey with a link that an administrator issued',
    body: z.strictObject({
      /** The secret part of the link, behind `#` at `/signin/enrol`. */
      link,
    }),
    output: json(
      z.strictObject({
        challenge: z.string().max(64),
        options: webauthn,
        /** Who is about to enrol. */
        name: isPersonal(z.string()),
      }),
    ),
    problems: ['request.too_many', 'signin.link_spent'],
  }),
  enrol: defineRoute({
    method: 'POST',
    path: '/api/signin/enrol',
    permission: 'open',
    summary: 'register the passkey, spend the link and sign in',
    body: z.strictObject({
      link,
      challenge: z.string().max(64),
      response: webauthn,
      /** What the passkey is called. */
      name: isPersonal(z.string().trim().min(1).max(64)),
    }),
    output: json(done),
    problems: ['request.too_many', 'signin.link_spent', 'signin.failed', 'signin.expired'],
    event: 'identity.enrolment.spent',
  }),
  recoveryCode: defineRoute({
    method: 'POST',
    path: '/api/signin/recovery-code',
    permission: 'open',
    summary:
      'sign in with a one-time recovery code, which opens nothing but the way to a new passkey; sets the session cookie',
    body: z.strictObject({
      /** As it was shown; spaces, dashes and case do not matter. */
      code: z.string().min(1).max(64),
    }),
    output: json(done),
    problems: ['request.too_many', 'signin.failed'],
    event: 'identity.recovery-code.used',
  }),
  otp: defineRoute({
    method: 'POST',
    path: '/api/signin/otp',
    permission: 'self',
    summary: 'add a code from an app to a sign-in with a password',
    body: z.strictObject({ code: z.string().regex(/^\d{6}$/, 'six digits'), returnTo }),
    output: json(done),
    problems: [
      'access.sign_in_required',
      'identity.otp_off',
      'identity.code_refused',
      'request.too_many',
      'request.conflict',
      'signin.return_refused',
    ],
    event: 'identity.otp.used',
  }),
} as const
