// What every engine under comparison can be asked: the same question, and to take a changed person.
import type { EstateEntity, EstateQuery } from '../estate.ts'

export interface Peer {
  readonly name: string
  readonly decide: (query: EstateQuery) => PeerAnswer
  /** Makes a changed person known, before the next question. */
  readonly change: (person: EstateEntity) => void | Promise<void>
}

interface PeerAnswer {
  readonly effect: string
  /** What the answer rests on; absent for an engine that does not say. */
  readonly because?: {
    readonly determining: readonly string[]
    readonly errors: readonly string[]
  }
}

/**
 * Throws unless both give the same answer to every question: the same effect, and the same policies
 * and errors where both name them. Returns how many were compared.
 */
export function proveEqual(ours: Peer, theirs: Peer, queries: readonly EstateQuery[]): number {
  for (const query of queries) {
    const [mine, other] = [ours.decide(query), theirs.decide(query)]
    const both = mine.because !== undefined && other.because !== undefined
    const text = ({ effect, because }: PeerAnswer): string =>
      JSON.stringify([
        effect,
        ...(both ? [because?.determining.toSorted(), because?.errors.toSorted()] : []),
      ])
    if (text(mine) !== text(other)) {
      throw new Error(
        `${JSON.stringify(query)}\n${ours.name}: ${text(mine)}\n${theirs.name}: ${text(other)}`,
      )
    }
  }
  return queries.length
}
