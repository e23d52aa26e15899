// An entry once it is read, while the names it refers to may still be to come.
import type { Account, Group, Machine } from '#model'

/** Names of other entries, as distinguished names, to be found when all are read. */
interface References {
  readonly manager?: string | undefined
  readonly owner?: string | undefined
  readonly memberOf?: readonly string[] | undefined
}

/** When it was used, still as the two attributes say. */
export interface Stamps {
  /** Replicated, and behind. */
  readonly replicated?: number | 'never' | undefined
  /** Exact, and of one server. */
  readonly local?: number | 'never' | undefined
}

type Unused<T> = Omit<T, 'lastUse'>

export type Draft =
  | {
      readonly kind: 'account'
      readonly entry: Unused<Account>
      readonly references: References
      readonly stamps: Stamps
    }
  | {
      readonly kind: 'machine'
      readonly entry: Unused<Machine>
      readonly references: References
      readonly stamps: Stamps
    }
  | {
      readonly kind: 'group'
      readonly entry: Omit<Group, 'members' | 'membersUnresolved'>
      readonly references: References
      readonly members: readonly string[]
      /** Sign-in names, where the group lists those (RFC 2307 `memberUid`). */
      readonly memberNames: readonly string[]
      readonly times: readonly MemberTime[]
    }

/** When the member of this name was added. */
export interface MemberTime {
  readonly member: string
  readonly addedAt: number
}
