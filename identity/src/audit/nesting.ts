// Groups within groups, as a graph of numbers. Directories permit cycles and chains of any depth, so
// nothing here recurses and everything is visited once.

/** For each group, the groups that it is a member of. */
export interface GroupGraph {
  readonly parents: readonly (readonly number[])[]
  readonly children: readonly (readonly number[])[]
}

/** The graph of `count` groups; `edges` are pairs of a group and the group it is a member of. */
export function groupGraph(count: number, edges: Iterable<readonly [number, number]>): GroupGraph {
  const parents = Array.from({ length: count }, (): number[] => [])
  const children = Array.from({ length: count }, (): number[] => [])
  for (const [member, group] of edges) {
    parents[member]?.push(group)
    children[group]?.push(member)
  }
  return { parents, children }
}

/** A group and every group within it: for each, the next group on the shortest way up to it. */
export function within({ children }: GroupGraph, top: number): ReadonlyMap<number, number> {
  const next = new Map([[top, top]])
  // A map grows while it is walked, so this is the queue as well.
  for (const [group] of next) {
    for (const child of children[group] ?? []) if (!next.has(child)) next.set(child, group)
  }
  return next
}

/** From a group up to the top that `next` was made for, both included. */
export function wayUp(next: ReadonlyMap<number, number>, group: number): readonly number[] {
  const way = [group]
  for (let at = group; ;) {
    const above = next.get(at)
    if (above === undefined || above === at) return way
    way.push(above)
    at = above
  }
}

export interface Nesting {
  /** Groups that contain each other, each such set once. */
  readonly cycles: readonly (readonly number[])[]
  /** How many groups lie above one another under each group; 0 for a group without groups. */
  readonly depths: readonly number[]
}

/** Cycles and depths, in time proportional to groups and memberships (Tarjan, SIAM J. Comput. 1972). */
export function nestingOf({ children }: GroupGraph): Nesting {
  const count = children.length
  const order = new Int32Array(count).fill(-1)
  const low = new Int32Array(count)
  const isOpen = new Uint8Array(count)
  const depths = Array.from({ length: count }, () => 0)
  const open: number[] = []
  const cycles: number[][] = []
  let clock = 0
  const enter = (group: number): readonly [number, Iterator<number>] => {
    order[group] = low[group] = clock
    clock += 1
    open.push(group)
    isOpen[group] = 1
    return [group, (children[group] ?? []).values()]
  }
  for (let start = 0; start < count; start += 1) {
    if (order[start] !== -1) continue
    const stack = [enter(start)]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const [group, rest] = top
      const { value: child, done } = rest.next()
      if (!done) {
        if (order[child] === -1) stack.push(enter(child))
        else if (isOpen[child]) low[group] = Math.min(low[group] ?? 0, order[child] ?? 0)
        continue
      }
      stack.pop()
      const above = stack.at(-1)?.[0]
      if (above !== undefined) low[above] = Math.min(low[above] ?? 0, low[group] ?? 0)
      if (low[group] === order[group]) close(group)
    }
  }
  return { cycles, depths }

  function close(root: number): void {
    const part = open.splice(open.lastIndexOf(root))
    for (const group of part) isOpen[group] = 0
    const inPart = new Set(part)
    const below = part.flatMap((group) => [...(children[group] ?? [])])
    const isCycle = part.length > 1 || below.includes(root)
    if (isCycle) cycles.push(part.toSorted((left, right) => left - right))
    const beneath = below.filter((group) => !inPart.has(group))
    let depth = 0
    for (const group of beneath) depth = Math.max(depth, (depths[group] ?? 0) + 1)
    for (const group of part) depths[group] = depth
  }
}
