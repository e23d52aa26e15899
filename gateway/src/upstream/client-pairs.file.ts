// The certificates with which a gateway shows itself to applications. An application names one,
// and its files lie here, at the gateway; private keys never travel with documents.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readCertificate } from '#tls/server-certificate'
import type { ClientPair } from './trust.ts'

export interface ClientPairsOptions {
  /** Holds `<name>.pem` and `<name>.key`. */
  readonly directory: string
  readonly now: () => number
  /** How long a file that was read counts before it is read again. */
  readonly rereadAfterMs: number
}

export interface ClientPairs {
  /** The same object for as long as the files stay the same. Throws where it cannot be used. */
  readonly at: (name: string) => ClientPair
}

/** More names than this are not remembered. */
const keptMaxCount = 1_000

interface Kept {
  readonly pair: ClientPair
  readonly readAt: number
}

export function clientPairs({ directory, now, rereadAfterMs }: ClientPairsOptions): ClientPairs {
  const kept = new Map<string, Kept>()
  return {
    at(name) {
      const known = kept.get(name)
      const at = now()
      if (known && at - known.readAt < rereadAfterMs) return known.pair
      const chain = readFileSync(join(directory, `${name}.pem`), 'utf8')
      const key = readFileSync(join(directory, `${name}.key`), 'utf8')
      const isSame = known?.pair.chain === chain && known.pair.key === key
      // Read for its checks: what an application would refuse is refused here, in words.
      if (!isSame) readCertificate({ chain, key }, at)
      const pair = isSame && known ? known.pair : { chain, key }
      if (kept.size >= keptMaxCount) kept.clear()
      kept.set(name, { pair, readAt: at })
      return pair
    },
  }
}
