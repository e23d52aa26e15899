// Finds the lists of an export by the names of their files and, where those say nothing, by what
// their first items hold.
import type { SourceDocument } from '#files/documents.file'
import { type Fields, isFields, listOf } from '#files/fields'

/** How one kind of list shows itself. */
export interface ListKind<Name extends string> {
  readonly name: Name
  /** Names of files, in lower case without signs, as `signinactivity`. */
  readonly files: readonly string[]
  /** An item of this kind has all of these members. */
  readonly members: readonly string[]
}

const sampledItems = 20

/** The items of each kind; lists of no kind are counted by the caller. */
export function pickLists<Name extends string>(
  documents: readonly SourceDocument[],
  kinds: readonly ListKind<Name>[],
): ReadonlyMap<Name, readonly Fields[]> {
  const lists = new Map<Name, Fields[]>()
  for (const { name, content } of documents) {
    const items = itemsOf(content)
    const file = (name.split(/[/\\]|, /).at(-1) ?? '').replace(/\..*$/, '').toLowerCase()
    const plain = file.replaceAll(/[^a-z]/g, '')
    const kind =
      kinds.find(({ files }) => files.includes(plain)) ??
      kinds.find(({ members }) =>
        items
          .slice(0, sampledItems)
          .some((it) => members.every((member) => Object.hasOwn(it, member))),
      )
    if (kind !== undefined) lists.set(kind.name, [...(lists.get(kind.name) ?? []), ...items])
  }
  return lists
}

/** A list as it is, or within `value` as answers of an API have it. */
function itemsOf(content: unknown): readonly Fields[] {
  if (!isFields(content)) {
    // Pages of an answer, one object a line.
    return listOf(content).flatMap((it) =>
      Array.isArray(it['value']) ? listOf(it['value']) : [it],
    )
  }
  return Array.isArray(content['value']) ? listOf(content['value']) : [content]
}
