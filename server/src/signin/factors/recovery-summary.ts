// What people see of a recovery.
import type { Estate } from '@countersign/contract/estate'
import type { Recovery } from './recovery.ts'

export function recoverySummary(estate: Estate, it: Recovery) {
  const { lost, ...rest } = it
  return {
    ...rest,
    name: estate.get('person', it.person)?.name ?? it.person,
    lost: lost.map(({ name }) => name),
  }
}
