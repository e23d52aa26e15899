// Groups may be members of groups, but membership that runs in a circle means nothing, and no
// entity store takes it. It is looked for before a change is committed.

/** A group that is its own ancestor, if there is one. */
export function cycleIn(parents: ReadonlyMap<string, readonly string[]>): string | undefined {
  const done = new Set<string>()
  const path = new Set<string>()
  const visit = (id: string): string | undefined => {
    if (path.has(id)) return id
    if (done.has(id)) return undefined
    path.add(id)
    for (const parent of parents.get(id) ?? []) {
      const found = visit(parent)
      if (found !== undefined) return found
    }
    path.delete(id)
    done.add(id)
    return undefined
  }
  for (const id of parents.keys()) {
    const found = visit(id)
    if (found !== undefined) return found
  }
  return undefined
}
