// What I sign in with: my passkeys, codes from an app, recovery codes, and what I lost.
import { z } from 'zod'
import { isInternal, isPersonal } from '../classification.ts'
import { defineRoute, json } from '../route.ts'
import { done, factors, link, lost, ofRecovery, recoverySummary } from './factor-shapes.ts'

const ofPasskey = z.strictObject({ passkey: z.string().max(64) })
const code = z.string().regex(/^\d{6}$/, 'six digits')

const signedIn = ['access.sign_in_required', 'access.step_up_required'] as const

export const ownFactorsApi = {
  myFactors: defineRoute({
    method: 'GET',
    path: '/api/identity/me/factors',
    permission: 'self',
    summary: 'what I sign in with',
    output: json(
      factors.extend({
        /** Whether the sign-in is strong and fresh enough to change any of it. */
        canChange: isInternal(z.boolean()),
      }),
    ),
    problems: ['access.sign_in_required'],
  }),
  renamePasskey: defineRoute({
    method: 'PUT',
    path: '/api/identity/me/passkeys/:passkey',
    permission: 'self',
    summary: 'name a passkey of my own anew',
    params: ofPasskey,
    body: z.strictObject({ name: isPersonal(z.string().trim().min(1).max(64)) }),
    output: json(done),
    problems: [...signedIn, 'identity.passkey_not_found'],
    event: 'identity.passkey.renamed',
  }),
  removePasskey: defineRoute({
    method: 'DELETE',
    path: '/api/identity/me/passkeys/:passkey',
    permission: 'self',
    summary:
      'remove a passkey of my own and end the sessions it began elsewhere; never the last one',
    params: ofPasskey,
    output: json(done),
    problems: [...signedIn, 'identity.passkey_not_found', 'identity.last_factor'],
    event: 'identity.passkey.removed',
  }),
  beginOtp: defineRoute({
    method: 'POST',
    path: '/api/identity/me/otp/key',
    permission: 'self',
    summary: 'begin setting up codes from an app: the key to scan or type, shown once',
    body: z.strictObject({}),
    output: json(
      z.strictObject({
        /** `otpauth://totp/…`, for a QR code. */
        uri: z.string(),
        /** The same key in base 32, to type. */
        key: z.string(),
      }),
    ),
    problems: [...signedIn, 'identity.otp_off', 'request.conflict'],
  }),
  confirmOtp: defineRoute({
    method: 'PUT',
    path: '/api/identity/me/otp',
    permission: 'self',
    summary: 'finish setting up codes from an app, with the code it shows',
    body: z.strictObject({ code }),
    output: json(done),
    problems: [
      ...signedIn,
      'identity.otp_off',
      'identity.code_refused',
      'request.too_many',
      'request.conflict',
    ],
    event: 'identity.otp.set',
  }),
  removeOtp: defineRoute({
    method: 'DELETE',
    path: '/api/identity/me/otp',
    permission: 'self',
    summary: 'stop codes from an app from counting for me',
    output: json(done),
    problems: signedIn,
    event: 'identity.otp.removed',
  }),
  renewRecoveryCodes: defineRoute({
    method: 'POST',
    path: '/api/identity/me/recovery-codes',
    permission: 'self',
    summary: 'ten new one-time recovery codes, shown once; the old ones are worthless from now on',
    body: z.strictObject({}),
    output: json(
      z.strictObject({ codes: z.array(z.string()), issuedAt: isInternal(z.int().nonnegative()) }),
    ),
    problems: signedIn,
    event: 'identity.recovery-codes.issued',
  }),
  startMyRecovery: defineRoute({
    method: 'POST',
    path: '/api/identity/me/recovery',
    permission: 'self',
    summary: 'say that I lost a device; a second person confirms that it is me who says so',
    body: z.strictObject({ lost }),
    output: json(recoverySummary),
    problems: ['access.sign_in_required', 'identity.passkey_not_found', 'request.conflict'],
    event: 'identity.recovery.started',
  }),
  cancelMyRecovery: defineRoute({
    method: 'DELETE',
    path: '/api/identity/me/recovery',
    permission: 'self',
    summary: 'stop the recovery of my account; any strong sign-in of mine does so too',
    output: json(done),
    problems: [...signedIn, 'identity.recovery_not_found'],
    event: 'identity.recovery.cancelled',
  }),
  reportsRecoveries: defineRoute({
    method: 'GET',
    path: '/api/identity/me/reports/recoveries',
    permission: 'self',
    summary: 'recoveries under way of people whose manager I am',
    output: json(z.strictObject({ recoveries: z.array(recoverySummary) })),
    problems: ['access.sign_in_required'],
  }),
  confirmReportsRecovery: defineRoute({
    method: 'POST',
    path: '/api/identity/me/reports/recoveries/:recovery',
    permission: 'self',
    summary:
      'confirm, as their manager, that it is really them; removes what is lost, and gives the link to hand over',
    params: ofRecovery,
    body: z.strictObject({}),
    output: json(link),
    problems: [
      ...signedIn,
      'identity.recovery_not_found',
      'identity.second_person',
      'request.conflict',
    ],
    event: 'identity.recovery.confirmed',
  }),
} as const
