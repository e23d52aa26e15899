// An allow as a reply: every adapter knows it by the verdict alone.
import { allowVerdict, verdictHeader } from '@countersign/contract/external'
import type { Reply } from '#reply'

/** Names the headers that a proxy takes off the request, separated by commas. */
export const removeHeader = 'countersign-remove'

/** Names the headers of an answer that say in plain words who is there, separated by commas. */
export const saidHeader = 'countersign-said'

export function isAllowed({ headers }: Reply): boolean {
  return headers[verdictHeader] === allowVerdict
}

/** One value of a reply's header; empty where it is absent. */
export function headerOf({ headers }: Reply, name: string): string {
  const value = headers[name] ?? ''
  return typeof value === 'string' ? value : value.join(', ')
}

/** The names in a list of an answer. */
export function listOf(reply: Reply, name: string): readonly string[] {
  return headerOf(reply, name)
    .split(',')
    .filter((one) => one !== '')
}
