// After a sign-in the browser is sent somewhere that a link named. Anyone can write a link, so an
// address counts only if it leads to the console or to an application we serve.

/** Longest return address, in characters. */
const returnMaxCharacters = 4096

export interface Sites {
  /** Where browsers reach the console. Applications share its scheme and port. */
  readonly publicUrl: URL
  /** Whether an application is served at this host name. */
  readonly isServed: (hostname: string) => boolean
}

/** A place of ours, in the one spelling that every browser reads alike. */
export interface ReturnAddress {
  readonly isConsole: boolean
  /** Host name without port, in lower case. */
  readonly host: string
  /** Scheme, host and port. */
  readonly origin: string
  /** Path and query. Begins with exactly one slash. */
  readonly path: string
}

/**
 * Reads a return address: a path of the console, or an absolute URL.
 * @returns undefined for an address that leads, or could be read to lead, anywhere else.
 */
export function returnAddress(text: string, sites: Sites): ReturnAddress | undefined {
  const { publicUrl, isServed } = sites
  if (text.length > returnMaxCharacters || !plain.test(text)) return undefined
  if (!consolePath.test(text) && !absolute.test(text)) return undefined
  const url = URL.parse(text, publicUrl.origin)
  if (url === null) return undefined
  const { protocol, port, hostname, origin, pathname, search, username, password } = url
  const isConsole = hostname === publicUrl.hostname
  const isOurs =
    protocol === publicUrl.protocol &&
    port === publicUrl.port &&
    (isConsole || isServed(hostname)) &&
    username === '' &&
    password === ''
  // `/..//elsewhere` is a plain path until it is normalised; as a Location it names another host.
  return isOurs && !pathname.startsWith('//')
    ? { isConsole, host: hostname, origin, path: pathname + search }
    : undefined
}

// Printable ASCII without the backslash. Browsers drop tabs and newlines from a URL and read a
// backslash as a slash (WHATWG URL §4.4), which is how `/\tevil` and `/\evil` leave the site.
const plain = /^[\x21-\x5b\x5d-\x7e]+$/
const consolePath = /^\/(?!\/)/
// The authority holds a name and a port: no user information, no escapes.
const absolute = /^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?(?=[/?#]|$)/i
