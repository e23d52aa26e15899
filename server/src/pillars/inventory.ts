// A page of an inventory: what is known now, by id.
import type { DocumentKind, DocumentOf } from '@countersign/contract/documents'
import type { Estate } from '@countersign/contract/estate'

export interface PageQuery {
  readonly search?: string | undefined
  readonly after?: string | undefined
  readonly limit: number
}

export interface Page<T> {
  items: T[]
  total: number
  next?: string
}

/** The kinds that people search by id and name. */
type NamedKind = Exclude<DocumentKind, 'session' | 'token' | 'factors' | 'signer' | 'release'>

/** Documents of a kind in whose id or name every word of `search` occurs, from after an id on. */
export function pageOf<K extends NamedKind>(
  estate: Estate,
  kind: K,
  { search, after, limit }: PageQuery,
): Page<DocumentOf<K>> {
  const words = (search ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const matching = estate
    .all(kind)
    .filter(({ id, name }) => {
      const text = `${id} ${name}`.toLowerCase()
      return words.every((word) => text.includes(word))
    })
    .sort((left, right) => (left.id < right.id ? -1 : 1))
  const rest = after === undefined ? matching : matching.filter(({ id }) => id > after)
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  return {
    items,
    total: matching.length,
    ...(last && rest.length > limit ? { next: last.id } : {}),
  }
}
