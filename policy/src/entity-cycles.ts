// Whether a hierarchy would loop. Asked about parents as they would be, before anything is changed,
// so that a refusal has nothing to undo.
import { DataError } from './json.ts'
import type { Entity } from './values.ts'

/**
 * Refuses new parents that would make an entity its own ancestor. A loop runs through an entity that
 * gets other parents and is a parent itself, so only what is above those is looked at, each of it
 * once. Throws `DataError`.
 */
export function refuseCycles(changed: ReadonlyMap<Entity, readonly Entity[]>): void {
  const cleared = new Set<Entity>()
  for (const [entity, parents] of changed) {
    if (entity.children > 0) climb(entity, changed, cleared)
    for (const parent of parents) if (changed.has(parent)) climb(parent, changed, cleared)
  }
}

// Depth first with its own stack, since a hierarchy may be deeper than the call stack. What is on
// the way up and met again is its own ancestor; what was left again is known to be harmless.
function climb(
  start: Entity,
  changed: ReadonlyMap<Entity, readonly Entity[]>,
  cleared: Set<Entity>,
): void {
  const onTheWay = new Set<Entity>()
  const pending = [start]
  for (let next = pending.at(-1); next !== undefined; next = pending.at(-1)) {
    if (onTheWay.has(next)) {
      onTheWay.delete(next)
      cleared.add(next)
    }
    if (cleared.has(next)) {
      pending.pop()
      continue
    }
    onTheWay.add(next)
    for (const parent of changed.get(next) ?? next.parents) {
      if (onTheWay.has(parent)) throw cycle(parent)
      if (!cleared.has(parent)) pending.push(parent)
    }
  }
}

function cycle({ shown }: Entity): DataError {
  return new DataError(
    'cycle',
    shown,
    'an entity cannot be its own ancestor; remove one parent link',
  )
}
