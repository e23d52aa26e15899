// The addresses people see. They are put together from the console's public address, never from
// what a client claims about scheme or port.
import type { Enrolment } from '#enrolment/enrolment'
import type { Arrival, Informed, Understood } from '#exchange'
import { authorityText } from '#wire/authority'

/** The address of a request, as a person would write it. */
export function publicUrl(
  { consoleUrl }: Pick<Enrolment, 'consoleUrl'>,
  { authority, target }: Understood,
): string {
  return new URL(target.raw, publicOrigin({ consoleUrl }, authority.name)).href
}

/** The scheme a client used, as far as we know: behind another proxy, that of the console. */
export function schemeOf({
  tls,
  enrolment,
}: Pick<Arrival, 'tls'> & Pick<Informed, 'enrolment'>): 'http' | 'https' {
  return tls !== undefined || enrolment.consoleUrl.startsWith('https:') ? 'https' : 'http'
}

/** The address of a request as its client wrote it, which is what a client can speak of. */
export function requestUrl(
  known: Pick<Arrival, 'tls'> & Understood & Pick<Informed, 'enrolment'>,
): URL {
  return new URL(known.target.raw, `${schemeOf(known)}://${authorityText(known.authority)}`)
}

/** Scheme, host and port of an application's host. */
export function publicOrigin({ consoleUrl }: Pick<Enrolment, 'consoleUrl'>, host: string): string {
  const url = new URL(consoleUrl)
  url.hostname = host
  return url.origin
}

export function isConsoleHost(enrolment: Pick<Enrolment, 'consoleUrl'>, host: string): boolean {
  return consoleHost(enrolment) === host
}

/** The console's host name, without port. */
export function consoleHost({ consoleUrl }: Pick<Enrolment, 'consoleUrl'>): string {
  return read(consoleUrl).hostname
}

let lastRead: { readonly text: string; readonly url: Readonly<URL> } | undefined

// Every request asks for it, and it hardly ever changes.
function read(text: string): Readonly<URL> {
  if (lastRead?.text !== text) lastRead = { text, url: new URL(text) }
  return lastRead.url
}

/** The console's address without a trailing slash. */
export function consoleOrigin({ consoleUrl }: Pick<Enrolment, 'consoleUrl'>): string {
  return read(consoleUrl).origin
}

/**
 * Whether a value may be a path to go back to at the same host. Browsers read `\` as `/` and
 * `//host` as another host, and skip tabs and line ends wherever they stand.
 */
export function isPathToReturnTo(path: string): boolean {
  return /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(path)
}
