// Signing a program in: it asks, shows a short code, and a person approves it in a browser. This is
// the device authorisation grant (RFC 8628), spoken in our JSON.
import { z } from 'zod'
import { isInternal, isPersonal } from '../classification.ts'
import { defineRoute, json } from '../route.ts'

/** 20 consonants, so that no code is a word and none reads as another (RFC 8628 §6.1). */
export const userCodeAlphabet = 'BCDFGHJKLMNPQRSTVWXZ'
/** Eight characters are 34 bits: enough for ten minutes and a bounded number of guesses. */
export const userCodeCharacters = 8

/** What somebody typed, as the code it means: without case, and whatever stands between the letters. */
export function normalUserCode(text: string): string {
  return text.toUpperCase().replace(/[^A-Z0-9]/g, '')
}

/** `BCDF-GHJK`, as people read it. */
export function shownUserCode(code: string): string {
  return `${code.slice(0, userCodeCharacters / 2)}-${code.slice(userCodeCharacters / 2)}`
}

const deviceCode = z.string().regex(/^[\w-]{43}$/)
const userCode = z.string().max(32)
const seconds = isInternal(z.int().nonnegative())

export const signinDeviceApi = {
  deviceBegin: defineRoute({
    method: 'POST',
    path: '/api/signin/device',
    permission: 'open',
    summary: 'begin signing in a program, which a person then approves in a browser',
    body: z.strictObject({
      /** What the program calls itself, and the machine it runs on. Nobody checks either. */
      program: isInternal(z.string().trim().min(1).max(64)),
      machine: isPersonal(z.string().trim().min(1).max(128)),
    }),
    output: json(
      z.strictObject({
        /** The program keeps it and asks with it. */
        deviceCode,
        /** The person compares it. */
        userCode,
        verificationUrl: isInternal(z.string()),
        /** With the code filled in. */
        verificationUrlComplete: isInternal(z.string()),
        expiresInSeconds: seconds,
        intervalSeconds: seconds,
      }),
    ),
    problems: ['request.too_many'],
  }),
  deviceToken: defineRoute({
    method: 'POST',
    path: '/api/signin/device/token',
    permission: 'open',
    summary: 'ask whether the sign-in of a program was approved; gives its token once',
    body: z.strictObject({ deviceCode }),
    output: json(
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('pending'), intervalSeconds: seconds }),
        /** The interval is longer from now on (RFC 8628 §3.5). */
        z.strictObject({ kind: z.literal('slow-down'), intervalSeconds: seconds }),
        z.strictObject({
          kind: z.literal('granted'),
          /** For tunnels, at the host of the console. */
          token: z.string(),
          /** Milliseconds since the epoch. */
          endsAt: isInternal(z.int()),
          name: isPersonal(z.string()),
        }),
      ]),
    ),
    problems: ['request.too_many', 'signin.expired', 'signin.device_denied'],
    event: 'identity.session.started',
  }),
  deviceRequest: defineRoute({
    method: 'POST',
    path: '/api/signin/device/request',
    permission: 'self',
    summary: 'what a code would sign in: the program, and where it asked from',
    body: z.strictObject({ userCode }),
    output: json(
      z.strictObject({
        program: isInternal(z.string()),
        machine: isPersonal(z.string()),
        /** The address it asked from. */
        address: isPersonal(z.string()),
        /** Whether that is the address of whoever asks now. */
        isSameAddress: isInternal(z.boolean()),
        askedAt: isInternal(z.int()),
        expiresAt: isInternal(z.int()),
      }),
    ),
    problems: ['access.sign_in_required', 'request.too_many', 'signin.code_unknown'],
  }),
  deviceApprove: defineRoute({
    method: 'POST',
    path: '/api/signin/device/approve',
    permission: 'connect',
    summary: 'sign the program in as myself',
    body: z.strictObject({ userCode }),
    output: json(z.strictObject({})),
    problems: [
      'access.sign_in_required',
      'access.step_up_required',
      'access.denied',
      'request.too_many',
      'signin.code_unknown',
    ],
  }),
  deviceDeny: defineRoute({
    method: 'POST',
    path: '/api/signin/device/deny',
    permission: 'self',
    summary: 'refuse the program; it is told so',
    body: z.strictObject({ userCode }),
    output: json(z.strictObject({})),
    problems: ['access.sign_in_required', 'request.too_many', 'signin.code_unknown'],
  }),
  deviceEnd: defineRoute({
    method: 'POST',
    path: '/api/signin/device/end',
    permission: 'open',
    summary: 'end the sign-in of a program, by whoever holds its token',
    body: z.strictObject({ token: deviceCode }),
    output: json(z.strictObject({})),
    problems: ['request.too_many'],
    event: 'identity.session.ended',
  }),
} as const
