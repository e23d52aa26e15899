// A condition that reads an entity only through some of its attributes answers alike for all
// entities that have them alike. Among a hundred thousand people there are few departments, so an
// answer about one of them is an answer about many.
import { childrenOf } from './ast.ts'
import type { Expr } from './ast.ts'
import type { Open } from './scope-index.ts'
import { keyOf } from './values.ts'
import type { Attributes, Entity, Value } from './values.ts'

/** Reads one set of attributes, of one entity after the other. */
export class SignatureReader {
  readonly #names: readonly string[]
  #latest: Entity | undefined
  #signature: Signature

  constructor(names: readonly string[]) {
    this.#names = names
  }

  /** The same for all entities whose attributes of these names are equal, and for no others. */
  of(entity: Entity): Signature {
    if (this.#latest !== entity) {
      this.#latest = entity
      this.#signature = signatureOf(entity.attrs, this.#names)
    }
    return this.#signature
  }
}

export type Signature = string | number | boolean | undefined

function signatureOf(attrs: Attributes, names: readonly string[]): Signature {
  const [first, ...others] = names
  const signature = first === undefined ? undefined : valueSignature(attrs.get(first))
  return others.reduce<Signature>((before, name) => {
    const next = String(valueSignature(attrs.get(name)))
    return `${next.length}:${next}${typeof before}${before}`
  }, signature)
}

// Texts begin with their kind, so that no text is taken for a number or for a missing attribute.
function valueSignature(value: Value | undefined): Signature {
  if (value === undefined || typeof value === 'number' || typeof value === 'boolean') return value
  return keyOf(value)
}

/**
 * The attributes through which alone an expression reads the open part of a question; `undefined`
 * when it reads it in any other way. Its type does not count: it is known.
 */
export function attributesRead(expr: Expr, open: Open): ReadonlySet<string> | undefined {
  const names = new Set<string>()
  const readsNoMore = (each: Expr): boolean => {
    if (each.kind === 'var') return each.name !== open
    if (each.kind === 'get' && isOpen(each.left, open)) names.add(each.attr)
    else if (each.kind === 'has' && isOpen(each.left, open)) names.add(each.path[0] ?? '')
    else if (each.kind !== 'is' || each.within !== undefined || !isOpen(each.left, open)) {
      return childrenOf(each).every(readsNoMore)
    }
    return true
  }
  return readsNoMore(expr) ? names : undefined
}

function isOpen(expr: Expr, open: Open): boolean {
  return expr.kind === 'var' && expr.name === open
}
