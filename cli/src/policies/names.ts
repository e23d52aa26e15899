// Names that are probably misspelt: a policy or a parent link speaks of an entity that is not among
// the entities, while one of nearly that name is. Cedar cannot know, and a forbid about a group that
// nobody is in never applies.
import type { EntityStore } from '@countersign/policy/entities'
import { tokenize } from '@countersign/policy/lexer'
import type { EntityUid, PolicySyntax } from '@countersign/policy/syntax'
import { isActionType } from '@countersign/policy/json'
import { uidText } from './cedar-text.ts'
import type { EntityList } from './entities.ts'
import { type Finding, findingAt } from './finding.ts'

/** After so many unknown names, the entities are plainly not all there. */
const unknownMax = 200
/** Comparing with more names would take long and tell little. */
const idsMax = 20_000
/** Short names are near one another by chance. */
const idMinCharacters = 4

/** A warning for each place that names an unknown entity beside a known one. */
export function misspeltNames(
  policies: readonly PolicySyntax[],
  lists: readonly EntityList[],
  store: EntityStore,
  textOf: (file: string) => string | undefined,
): Finding[] {
  const names = new Names(store)
  return [
    ...policies.flatMap((policy) =>
      entitiesIn(policy).flatMap(({ uid, place }) => {
        const near = names.nearest(uid)
        const file = { path: policy.file ?? '', text: textOf(policy.file ?? '') ?? '' }
        return near === undefined ? [] : findingAt(file, place, complaint(uid, near))
      }),
    ),
    ...lists.flatMap(({ document, items }) =>
      items.flatMap(({ json, at }) =>
        parentsOf(json).flatMap(({ uid, index }) => {
          const near = names.nearest(uid)
          if (near === undefined) return []
          const place = document.placeOf([...at, 'parents', index])
          return findingAt(document.source, place, complaint(uid, near))
        }),
      ),
    ),
  ]
}

function complaint(
  uid: EntityUid,
  near: EntityUid,
): Pick<Finding, 'severity' | 'code' | 'message' | 'help'> & { readonly help: string } {
  return {
    severity: 'warning',
    code: 'lint.unknown-entity',
    message: `\`${uidText(uid)}\` is not among the entities`,
    help: `did you mean \`${uidText(near)}\`?`,
  }
}

class Names {
  readonly #store: EntityStore
  readonly #answers = new Map<string, EntityUid | undefined>()
  readonly #ids = new Map<string, readonly string[]>()

  constructor(store: EntityStore) {
    this.#store = store
  }

  /** For an entity that is not known, the known one of nearly that name. */
  nearest(uid: EntityUid): EntityUid | undefined {
    const { type, id } = uid
    if (isActionType(type) || id.length < idMinCharacters || this.#store.has(uid)) return undefined
    const key = uidText(uid)
    if (!this.#answers.has(key)) {
      if (this.#answers.size >= unknownMax) return undefined
      const near = this.#idsOf(type).find((each) => isOneSlip(id, each))
      this.#answers.set(key, near === undefined ? undefined : { type, id: near })
    }
    return this.#answers.get(key)
  }

  #idsOf(type: string): readonly string[] {
    let ids = this.#ids.get(type)
    if (ids === undefined) {
      ids = [...this.#store.ofType(type).take(idsMax)].map(({ id }) => id)
      this.#ids.set(type, ids)
    }
    return ids
  }
}

/** Whether one letter was left out, added or mistaken, or two neighbours changed places. */
function isOneSlip(left: string, right: string): boolean {
  if (Math.abs(left.length - right.length) > 1) return false
  let start = 0
  while (start < left.length && left[start] === right[start]) start += 1
  let end = 0
  const shared = Math.min(left.length, right.length) - start
  while (end < shared && left.at(-1 - end) === right.at(-1 - end)) end += 1
  const [mine, other] = [
    left.slice(start, left.length - end),
    right.slice(start, right.length - end),
  ]
  if (mine.length <= 1 && other.length <= 1) return true
  return mine.length === 2 && mine[0] === other[1] && mine[1] === other[0] && other.length === 2
}

interface Named {
  readonly uid: EntityUid
  readonly place: { readonly offset: number; readonly length: number }
}

/** `Org::Group::"hr"` in the source of a policy: words, `::` and a text at the end. */
function entitiesIn({ text, span }: PolicySyntax): Named[] {
  const found: Named[] = []
  const tokens = tokenize(text)
  for (const [index, { kind, text: quoted, offset }] of tokens.entries()) {
    if (kind !== 'string' || tokens[index - 1]?.text !== '::') continue
    let first = index - 1
    while (tokens[first]?.text === '::' && tokens[first - 1]?.kind === 'word') first -= 2
    const start = tokens[first + 1]?.offset ?? offset
    const type = tokens
      .slice(first + 1, index - 1)
      .map((token) => token.text)
      .join('')
    const id = plainText(quoted)
    if (id === undefined) continue
    const place = { offset: span.offset + start, length: offset + quoted.length - start }
    found.push({ uid: { type, id }, place })
  }
  return found
}

/** The text between quotes, where JSON and Cedar agree on what it is. */
function plainText(quoted: string): string | undefined {
  return quoted.includes('\\') ? undefined : quoted.slice(1, -1)
}

function parentsOf(json: unknown): { readonly uid: EntityUid; readonly index: number }[] {
  if (typeof json !== 'object' || json === null || !('parents' in json)) return []
  const { parents } = json
  if (!Array.isArray(parents)) return []
  return (parents as readonly unknown[]).flatMap((parent, index) => {
    if (typeof parent !== 'object' || parent === null) return []
    const { type, id } = parent as { readonly type?: unknown; readonly id?: unknown }
    return typeof type === 'string' && typeof id === 'string' ? { uid: { type, id }, index } : []
  })
}
