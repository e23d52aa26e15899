// A search goes through its candidates in order and stops after so many: the token says where the
// next page goes on, and belongs to one question.
import { createHash } from 'node:crypto'
import { canonicalJson } from '@countersign/contract/canonical'
import { problem } from '@countersign/contract/problems'

export interface Wanted {
  /** The question, without the page. */
  readonly asked: object
  readonly token?: string | undefined
  readonly limit?: number | undefined
}

/** Results on a page, unless said. */
const pageItems = 100
/** Candidates judged for one page. */
const judgedMaxCount = 2_000

/**
 * The candidates that hold, from where the token says on. `next` is empty behind the last one.
 * @throws `request.malformed` for a token of another question.
 */
export function pageOf(
  candidates: readonly string[],
  { asked, token, limit = pageItems }: Wanted,
  holds: (id: string) => boolean,
): { readonly found: readonly string[]; readonly next: string } {
  const question = digest(asked)
  const after = token === undefined || token === '' ? undefined : readToken(token, question)
  const left = after === undefined ? candidates : candidates.filter((id) => id > after)
  const found: string[] = []
  let judged = 0
  for (const id of left) {
    if (found.length === limit || judged === judgedMaxCount) break
    judged++
    if (holds(id)) found.push(id)
  }
  const last = left[judged - 1]
  return {
    found,
    next: judged < left.length && last !== undefined ? writeToken(question, last) : '',
  }
}

function writeToken(question: string, last: string): string {
  return Buffer.from(JSON.stringify([question, last])).toString('base64url')
}

function readToken(token: string, question: string): string {
  const value = parsed(Buffer.from(token, 'base64url').toString())
  if (Array.isArray(value) && value.length === 2) {
    const [asked, last]: readonly unknown[] = value
    if (asked === question && typeof last === 'string') return last
  }
  throw problem('request.malformed', '`page.token` does not belong to this search: begin it anew')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function digest(asked: object): string {
  return createHash('sha256').update(canonicalJson(asked)).digest('base64url').slice(0, 22)
}
