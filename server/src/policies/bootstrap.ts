// What every store must have before anyone can ask for anything: the product itself as an
// application, whoever operates the machine, the group of administrators, and policies.
import { ownApplication } from '@countersign/contract/actions'
import type { Application, Group, Workload } from '@countersign/contract/documents'
import type { Estate } from '@countersign/contract/estate'
import type { IdSource } from '@countersign/contract/ids'
import type { Address } from '@countersign/contract/setting-value'
import type { PolicySyntax } from '@countersign/policy/syntax'
import type { Draft } from '#journal/journal.store'
import { administratorsGroup, operatorWorkload } from './names.ts'
import { isOwn, nextRelease, releaseDraft } from './release.ts'

export interface BootstrapOptions {
  readonly publicUrl: URL
  readonly listen: Address
  /** The product's own policies, read and validated. */
  readonly ownPolicies: readonly PolicySyntax[]
  readonly ids: IdSource
}

/** What is missing from the estate, or differs from what this version and its settings say. */
export function bootstrapDrafts(estate: Estate, options: BootstrapOptions): readonly Draft[] {
  const { publicUrl, listen, ownPolicies, ids } = options
  const application: Application = {
    id: ownApplication,
    name: 'Countersign',
    description: 'The console and the portal: where people sign in and administrators work.',
    tier: 0,
    hosts: [publicUrl.hostname],
    upstream: upstreamOf(listen),
    kind: 'web',
    groups: [],
  }
  const operator: Workload = {
    id: operatorWorkload,
    name: 'Operator of this machine',
    class: 'machine',
    purpose: 'acts for whoever holds the control socket',
    active: true,
    groups: [],
  }
  const administrators: Group = {
    id: administratorsGroup,
    name: 'Administrators',
    description: 'People who administer Countersign.',
    groups: [],
  }
  return [
    {
      event: 'applications.application.put',
      kind: 'application',
      id: ownApplication,
      after: application,
    },
    { event: 'identity.workload.put', kind: 'workload', id: operatorWorkload, after: operator },
    // A group that is there may have been described by its organisation, and stays as it is.
    ...(estate.get('group', administratorsGroup)
      ? []
      : [
          {
            event: 'identity.group.put',
            kind: 'group',
            id: administratorsGroup,
            after: administrators,
          } as const,
        ]),
    ...releaseDrafts(estate, ownPolicies, ids),
  ]
}

// A new version may bring other policies of its own; those of the organisation stay.
function releaseDrafts(
  { release }: Estate,
  ownPolicies: readonly PolicySyntax[],
  ids: IdSource,
): readonly Draft[] {
  const released = (release?.policies ?? []) as readonly (typeof ownPolicies)[number][]
  const own = released.filter(isOwn)
  const same =
    own.length === ownPolicies.length &&
    own.every(({ id, text, file }, index) => {
      const wanted = ownPolicies[index]
      return wanted?.id === id && wanted.text === text && wanted.file === file
    })
  if (release && same) return []
  const policies = [...ownPolicies, ...released.filter((policy) => !isOwn(policy))]
  const author = 'Workload::"countersign"'
  return [releaseDraft(nextRelease(policies, release, { author, at: ids.now(), ids }))]
}

function upstreamOf({ host, port }: Address): string {
  // Listening everywhere includes this machine, where its gateway is.
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
