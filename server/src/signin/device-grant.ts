// A program that cannot show a sign-in page shows a code instead (RFC 8628). What it gets is a
// session of its own, with the proof of whoever approved it, and never longer than theirs.
import {
  normalUserCode,
  userCodeAlphabet,
  userCodeCharacters,
} from '@countersign/contract/api/signin-device'
import type { Session, Token } from '@countersign/contract/documents'
import type { IdSource } from '@countersign/contract/ids'
import { tokenHash } from '@countersign/contract/session'
import type { Draft } from '#journal/journal.store'
import type { AttemptLimits } from './attempts.ts'
import { newSecret } from './secrets.ts'
import { newSession, newToken } from './session.ts'

/** A code is good for this long, in milliseconds. */
export const deviceGrantMaxAgeMs = 10 * 60_000
/** How long a program waits between two questions, in seconds. */
export const pollIntervalSeconds = 5
/** How much longer it waits each time it did not (RFC 8628 §3.5), and at most. */
const slowDownSeconds = 5
const pollIntervalMaxSeconds = 300

/** Programs of one address that begin: an office at once, then one every five seconds. */
export const beginLimits: AttemptLimits = { burst: 60, refillMs: 5_000, keysMax: 20_000 }
/** Codes of one person that fit nothing: ten at once, then one every half minute. */
export const codeGuessLimits: AttemptLimits = { burst: 10, refillMs: 30_000, keysMax: 20_000 }

/** A program that waits. Of its two codes only the hashes are kept. */
export interface DeviceGrant {
  readonly id: string
  readonly userCode: string
  readonly program: string
  readonly machine: string
  /** The address it asked from. */
  readonly address: string
  readonly askedAt: number
  readonly expiresAt: number
  readonly polledAt: number
  readonly intervalSeconds: number
  readonly standing: Standing
}

type Standing =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'denied' }
  /** `approver` is a session's id. */
  | { readonly kind: 'approved'; readonly approver: string }

/** A program that begins to wait, and the two codes it is told. */
export function newDeviceGrant(
  asked: Pick<DeviceGrant, 'program' | 'machine' | 'address'>,
  source: IdSource,
): { readonly grant: DeviceGrant; readonly deviceCode: string; readonly userCode: string } {
  const deviceCode = newSecret(source)
  const userCode = newUserCode(source)
  const askedAt = source.now()
  return {
    deviceCode,
    userCode,
    grant: {
      ...asked,
      id: tokenHash(deviceCode),
      userCode: userCodeHash(userCode),
      askedAt,
      expiresAt: askedAt + deviceGrantMaxAgeMs,
      polledAt: askedAt,
      intervalSeconds: pollIntervalSeconds,
      standing: { kind: 'waiting' },
    },
  }
}

/** What is kept of a code that a person typed. */
export function userCodeHash(typed: string): string {
  return tokenHash(normalUserCode(typed))
}

/** Whether a question comes before its time, and how long to wait until the next. */
export function paced(
  { polledAt, intervalSeconds }: Pick<DeviceGrant, 'polledAt' | 'intervalSeconds'>,
  now: number,
): { readonly isTooFast: boolean; readonly intervalSeconds: number } {
  const isTooFast = now - polledAt < intervalSeconds * 1000
  return {
    isTooFast,
    intervalSeconds: isTooFast
      ? Math.min(intervalSeconds + slowDownSeconds, pollIntervalMaxSeconds)
      : intervalSeconds,
  }
}

/**
 * The session of an approved program, and what to record. The device of whoever approved is not
 * taken over: they may sit at another one.
 */
export function enterProgram(
  approver: Session,
  { host, device }: { readonly host: string; readonly device: Session['device'] },
  source: IdSource,
): { readonly secret: string; readonly endsAt: number; readonly drafts: readonly Draft[] } {
  const begun = newSession(approver.person, approver.authentication, device, source)
  const session: Session = {
    ...begun,
    endsAt: Math.min(begun.endsAt, approver.endsAt),
    parent: approver.id,
  }
  const { secret, document } = newToken(session, host, source)
  const token: Token = { ...document, use: 'tunnel' }
  const event = 'identity.session.started'
  return {
    secret,
    endsAt: session.endsAt,
    drafts: [
      { event, kind: 'session', id: session.id, after: session },
      { event, kind: 'token', id: token.id, after: token },
    ],
  }
}

// Bytes beyond the last whole multiple are thrown away, so that every letter is equally likely.
function newUserCode({ randomBytes }: Pick<IdSource, 'randomBytes'>): string {
  const letters = userCodeAlphabet.length
  const fair = 256 - (256 % letters)
  let code = ''
  while (code.length < userCodeCharacters) {
    for (const byte of randomBytes(userCodeCharacters)) {
      if (byte < fair && code.length < userCodeCharacters) code += userCodeAlphabet[byte % letters]
    }
  }
  return code
}
