// What the words of the command line mean: a host and port as `ssh` gives them, or an application
// by its id or host, of which the gateway says where it is.
import type { TunnelList } from '@countersign/contract/tunnel'
import { Failure } from '#failure'

/** `host:port` where the word says both; undefined where the gateway must be asked. */
export function authorityOf(word: string): string | undefined {
  return /^[^:/@\s]+:\d{1,5}$/.test(word) ? word.toLowerCase() : undefined
}

/** The tunnel that a word names. Throws `Failure` with those there are. */
export function tunnelNamed(word: string, { tunnels }: TunnelList): TunnelList['tunnels'][number] {
  const wanted = word.toLowerCase()
  const found = tunnels.find(({ application, host }) => application === word || host === wanted)
  if (found) return found
  const names = tunnels.map(({ application }) => `\`${application}\``)
  throw new Failure(
    'notFound',
    `there is no tunnel to \`${word}\` for you`,
    names.length === 0
      ? 'no tunnel is open to you; ask the owner of the application'
      : `you may connect to ${names.join(', ')}`,
  )
}
