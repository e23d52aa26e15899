// Where the console is, and with it the gateway: the one in the command line, else the one that was
// signed in at last, else the usual place.
import { settings } from '@countersign/contract/settings'
import { Failure } from '#failure'
import type { World } from '#world'

/** The console's address. Throws `Failure` where it could give the token away. */
export function consoleUrl(
  given: string | undefined,
  last: string | undefined,
  { environment }: Pick<World, 'environment'>,
): URL {
  const { env, default: usual } = settings.publicUrl
  const text = given ?? last ?? (environment[env] || usual)
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Failure(
      'usage',
      `\`${text}\` is not the address of a console`,
      'give it as your browser shows it, such as `--console https://countersign.example.org`',
    )
  }
  if (url.protocol === 'http:' && !isThisMachine(url.hostname)) {
    throw new Failure(
      'usage',
      `\`${url.origin}\` is plain http to another machine, where everyone on the way could read your token`,
      'use its https address',
    )
  }
  return new URL(url.origin)
}

/** Names of this machine (RFC 6761 §6.3: everything under `localhost` is). */
export function isThisMachine(hostname: string): boolean {
  return /^(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname)
}
