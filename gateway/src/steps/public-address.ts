// The addresses people see. They are put together from the console's public address, never from
// what a client claims about scheme or port.
import type { Enrolment } from '#enrolment/enrolment'
import type { Understood } from '#exchange'

/** The address of a request, as a person would write it. */
export function publicUrl(
  { consoleUrl }: Pick<Enrolment, 'consoleUrl'>,
  { authority, target }: Understood,
): string {
  return new URL(target.raw, publicOrigin({ consoleUrl }, authority.name)).href
}

/** Scheme, host and port of an application's host. */
export function publicOrigin({ consoleUrl }: Pick<Enrolment, 'consoleUrl'>, host: string): string {
  const url = new URL(consoleUrl)
  url.hostname = host
  return url.origin
}

export function isConsoleHost(
  { consoleUrl }: Pick<Enrolment, 'consoleUrl'>,
  host: string,
): boolean {
  return new URL(consoleUrl).hostname === host
}

/** The console's address without a trailing slash. */
export function consoleOrigin({ consoleUrl }: Pick<Enrolment, 'consoleUrl'>): string {
  return new URL(consoleUrl).origin
}

/**
 * Whether a value may be a path to go back to at the same host. Browsers read `\` as `/` and
 * `//host` as another host, and skip tabs and line ends wherever they stand.
 */
export function isPathToReturnTo(path: string): boolean {
  return /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(path)
}
