// Cookies are read strictly and by name only: a cookie that is there twice, or that is not what
// we once set, is as if it were not there at all.
import { flowCookie, sessionCookie, tokenPattern } from '@countersign/contract/session'

// In lower case: browsers and servers disagree whether the case of a name matters.
const ourCookies: ReadonlySet<string> = new Set(
  [sessionCookie, flowCookie].map((name) => name.toLowerCase()),
)

/**
 * The value of one of our cookies in a `Cookie` header; undefined where it is absent, there more
 * than once, or not of the shape we set.
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined
  let found: string | undefined
  for (const pair of header.split(';')) {
    const cookie = pair.trim()
    if (cookie.slice(0, nameEnd(cookie)).trim() !== name) continue
    if (found !== undefined) return undefined
    found = cookie.slice(nameEnd(cookie) + 1)
  }
  return found !== undefined && tokenPattern.test(found) ? found : undefined
}

/** A `Cookie` header without our cookies, in any spelling; undefined where nothing is left. */
export function withoutOurCookies(header: string): string | undefined {
  const others = header.split(';').filter((pair) => !ourCookies.has(cookieName(pair)))
  const text = others.join(';').trim()
  return text === '' ? undefined : text
}

/** Whether a `Set-Cookie` header sets one of our cookies. */
export function setsOurCookie(header: string): boolean {
  const end = header.indexOf(';')
  return ourCookies.has(cookieName(end < 0 ? header : header.slice(0, end)))
}

export interface CookieOptions {
  readonly maxAgeSeconds: number
}

/** A `Set-Cookie` header as the `__Host-` prefix demands (RFC 6265bis §4.1.3.2). */
export function setCookie(name: string, value: string, { maxAgeSeconds }: CookieOptions): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; Secure; SameSite=Lax`
}

// `=name=value` is a cookie without a name whose value some servers read as a name.
function cookieName(pair: string): string {
  const text = pair.trim().replace(/^=+\s*/, '')
  return text.slice(0, nameEnd(text)).trim().toLowerCase()
}

function nameEnd(pair: string): number {
  const end = pair.indexOf('=')
  return end < 0 ? pair.length : end
}
