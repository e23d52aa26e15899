// Which workload a name from outside stands for: a SPIFFE ID, or what a token of another system says.
// A name that two workloads claim stands for neither of them.
import type { Workload } from './documents.ts'
import type { WorkloadFederation } from './workload-federation.ts'

export class WorkloadIndex {
  readonly #workloads = new Map<string, Set<string>>()

  clear(): void {
    this.#workloads.clear()
  }

  add(workload: Workload): void {
    for (const { key } of namesOf(workload)) {
      const claimants = this.#workloads.get(key) ?? new Set()
      this.#workloads.set(key, claimants.add(workload.id))
    }
  }

  remove(workload: Workload): void {
    for (const { key } of namesOf(workload)) {
      const claimants = this.#workloads.get(key)
      claimants?.delete(workload.id)
      if (claimants?.size === 0) this.#workloads.delete(key)
    }
  }

  /** The id of the only workload that has this SPIFFE ID. */
  bySpiffeId(spiffeId: string): string | undefined {
    return this.#only(spiffeId)
  }

  /** The id of the only workload for which such tokens stand. */
  byFederation(federation: WorkloadFederation): string | undefined {
    return this.#only(keyOf(federation))
  }

  /** Why a workload could not be put beside the others; undefined where it could. */
  faultOf(workload: Workload): string | undefined {
    for (const { key, text } of namesOf(workload)) {
      const other = [...(this.#workloads.get(key) ?? [])].find((it) => it !== workload.id)
      if (other !== undefined) {
        return `the workload \`${other}\` has ${text} already: give each its own`
      }
    }
    return undefined
  }

  #only(key: string): string | undefined {
    const claimants = this.#workloads.get(key)
    return claimants?.size === 1 ? [...claimants][0] : undefined
  }
}

interface Name {
  readonly key: string
  /** In a sentence. */
  readonly text: string
}

function namesOf({ spiffeId, federations = [] }: Workload): readonly Name[] {
  return [
    ...(spiffeId === undefined ? [] : [{ key: spiffeId, text: `the SPIFFE ID \`${spiffeId}\`` }]),
    ...federations.map((it) => ({
      key: keyOf(it),
      text: `the tokens of \`${it.issuer}\` for \`${it.subject}\``,
    })),
  ]
}

// No SPIFFE ID begins with a bracket.
function keyOf({ issuer, subject, audience }: WorkloadFederation): string {
  return JSON.stringify([issuer, subject, audience])
}
