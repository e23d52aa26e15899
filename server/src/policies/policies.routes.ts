// The policies in force, and bringing others into force.
import { policiesApi } from '@countersign/contract/api/inventory'
import { problem } from '@countersign/contract/problems'
import { compilePolicies } from '@countersign/policy/engine'
import { actorOf } from '#http/caller'
import type { Dependencies } from '#http/dependencies'
import { implement, type Implementation } from '#http/implement'
import { ownPoliciesPrefix } from './names.ts'
import {
  isOwn,
  nextRelease,
  type PolicyFile,
  readSet,
  type ReadPolicies,
  releaseDraft,
} from './release.ts'

export interface PolicyDependencies extends Pick<Dependencies, 'ledger' | 'now' | 'randomBytes'> {
  readonly readPolicies: ReadPolicies
  /** The product's own, which are part of every release. */
  readonly ownFiles: () => Promise<readonly PolicyFile[]>
}

export function policiesRoutes({
  ledger,
  readPolicies,
  ownFiles,
  ...ids
}: PolicyDependencies): readonly Implementation[] {
  return [
    implement(policiesApi.current, async () => {
      const { release } = ledger.estate
      if (!release) throw problem('request.not_found', 'nothing has been released yet')
      return release
    }),
    implement(policiesApi.make, async ({ body: { files } }, { caller, now, reply }) => {
      const reserved = files.find(({ name }) => name.startsWith(ownPoliciesPrefix))
      if (reserved) {
        throw problem(
          'policies.invalid',
          `\`${reserved.name}\` is a name that Countersign keeps for itself; give the file another`,
        )
      }
      const policies = await readSet([...(await ownFiles()), ...files], readPolicies)
      // What a gateway could not compile must not reach one.
      compilePolicies(policies)
      const author = actorOf(caller)
      let made = nextRelease(policies, undefined, { author, at: now, ids })
      const { sequence } = await ledger.write(author, async () => {
        // What is the product's own may have changed while these were read.
        const { release } = ledger.estate
        const own = (release?.policies ?? []).filter(isOwn)
        const theirs = policies.filter((policy) => !isOwn(policy))
        made = nextRelease([...own, ...theirs], release, { author, at: now, ids })
        return [releaseDraft(made)]
      })
      reply.sequence(sequence)
      return { id: made.id, number: made.number, policies: made.policies.length }
    }),
  ]
}
