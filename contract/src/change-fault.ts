// Whether changes could be applied at all, asked before they are committed.
import { compilePolicies } from '@countersign/policy/engine'
import { EntityStore } from '@countersign/policy/entities'
import type { Group } from './documents.ts'
import { toEntity } from './entities.ts'
import type { Change } from './feed.ts'
import { cycleIn } from './group-cycle.ts'
import type { WorkloadIndex } from './workload-index.ts'

interface Known {
  readonly groups: readonly Group[]
  readonly workloads: Pick<WorkloadIndex, 'faultOf'>
}

/** Why these changes could never be applied to what is known, or undefined where they can. */
export function changeFault(changes: readonly Change[], known: Known): string | undefined {
  try {
    const groups = new Map(known.groups.map((group) => [group.id, group.groups]))
    for (const change of changes) {
      if (change.op === 'remove') continue
      const entity = toEntity(change.item)
      if (entity) EntityStore.load([entity])
      if (change.item.kind === 'release') compilePolicies(change.item.document.policies)
      if (change.item.kind === 'workload') {
        const fault = known.workloads.faultOf(change.item.document)
        if (fault !== undefined) return fault
      }
      if (change.item.kind === 'group') {
        groups.set(change.item.document.id, change.item.document.groups)
      }
    }
    const cycle = cycleIn(groups)
    return cycle && `the group \`${cycle}\` would contain itself: take it out of one of its groups`
  } catch (error) {
    if (error instanceof Error) return error.message
    throw error
  }
}
