// A browser that somebody once used well is remembered by a signed cookie, so that a stranger who
// guesses in their name, from anywhere else, uses up the tries of strangers and not theirs. It opens
// nothing: it only says whose tries are counted.
import { createHmac, hkdfSync } from 'node:crypto'
import type { Secret } from '@countersign/contract/secret'
import { isSame } from '#signin/secrets'

/** See `sessionCookie` for what the prefix does. */
export const browserCookie = '__Host-countersign-browser'
/** How long a browser is remembered, in seconds. */
export const browserMaxAgeSeconds = 180 * 24 * 60 * 60

/** The cookie of a browser that this person used now. */
export function browserMark(masterKey: Secret<Uint8Array>, person: string, now: number): string {
  const at = String(now)
  return `${at}.${signature(masterKey, person, at)}`
}

/** Whether a cookie says that this person used the browser before; its value is then its name. */
export function isKnownTo(
  masterKey: Secret<Uint8Array>,
  person: string,
  cookie: string | undefined,
  now: number,
): boolean {
  const [, at, signed] = /^(\d{1,15})\.([\w-]{43})$/.exec(cookie ?? '') ?? []
  return (
    at !== undefined &&
    signed !== undefined &&
    now - Number(at) < browserMaxAgeSeconds * 1000 &&
    isSame(signed, signature(masterKey, person, at))
  )
}

function signature(masterKey: Secret<Uint8Array>, person: string, at: string): string {
  const key = hkdfSync('sha256', masterKey.reveal(), '', 'countersign known browser', 32)
  return createHmac('sha256', Buffer.from(key))
    .update(JSON.stringify([person, at]))
    .digest('base64url')
}
