// A hash chain makes a log's past unchangeable without notice: each record's hash covers the
// record and the hash before it, so a change, a gap or a reorder breaks every later link.
import { hash } from 'node:crypto'
import { canonicalJson } from './canonical.ts'

/** Hash before the first record: 32 zero bytes, in hex. */
export const chainStart = '0'.repeat(64)

/** SHA-256, in hex, over the previous hash and the record's canonical JSON. */
export function chainHash(previous: string, record: unknown): string {
  return hash('sha256', `${previous}\n${canonicalJson(record)}`)
}

export type ChainFault =
  | { readonly kind: 'gap'; readonly at: number; readonly expected: number }
  | { readonly kind: 'broken'; readonly at: number }

/** One link as it is stored: the record, its place and its hash. */
export interface Link {
  readonly sequence: number
  readonly record: unknown
  readonly hash: string
}

/** Checks links in order, from `previous`; gives the first fault or the last hash. */
export function verifyChain(
  links: Iterable<Link>,
  previous: string = chainStart,
  firstSequence = 1,
): { readonly fault: ChainFault } | { readonly last: string; readonly count: number } {
  let expected = firstSequence
  let last = previous
  for (const { sequence, record, hash } of links) {
    if (sequence !== expected) return { fault: { kind: 'gap', at: sequence, expected } }
    if (chainHash(last, record) !== hash) return { fault: { kind: 'broken', at: sequence } }
    last = hash
    expected++
  }
  return { last, count: expected - firstSequence }
}
