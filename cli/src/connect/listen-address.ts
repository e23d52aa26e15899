// Where `countersign connect` listens. Whoever reaches the port acts as the person who signed in, so
// it stays on this machine unless somebody plainly asked for more.
import type { Address } from '@countersign/contract/setting-value'
import { Failure } from '#failure'
import { isThisMachine } from './console-url.ts'

/** Reads `port`, `host:port` or `[ipv6]:port`; a free port of loopback where none is given. */
export function listenAddress(given: string | undefined, mayExpose: boolean): Address {
  const text = given ?? '127.0.0.1:0'
  const [, six, four, digits] = /^(?:(?:\[([0-9a-f:]+)\]|([\w.-]+)):)?(\d{1,5})$/i.exec(text) ?? []
  const port = Number(digits)
  if (digits === undefined || port > 65_535) {
    throw new Failure(
      'usage',
      `\`${text}\` is no address to listen on`,
      'give a port, or host and port, such as `--listen 127.0.0.1:5432`',
    )
  }
  const host = six ?? four ?? '127.0.0.1'
  if (!isThisMachine(host) && !mayExpose) {
    throw new Failure(
      'usage',
      `\`${text}\` can be reached from other machines, and whoever reaches it acts as you`,
      'listen on 127.0.0.1, or add `--expose` if that is what you want',
    )
  }
  return { host, port }
}
