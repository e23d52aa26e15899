// Which share of the applications people sign on to at all. An application counts as covered by what
// of ours really stands before it, not by what it could have; and use that nothing of ours saw through
// is named, because that is where the share is not what it seems.
import { ownApplication } from '@countersign/contract/actions'
import type { Protection, SignOnCoverage } from '@countersign/contract/api/sign-on'
import type { Application, Dataset, Host } from '@countersign/contract/documents'

/** Sessions that were let in to an application in a window, and when that was last. */
export interface Use {
  readonly application: string
  readonly signIns: number
  /** Milliseconds since the epoch. */
  readonly lastAt: number
}

export interface Inventory {
  readonly applications: readonly Application[]
  readonly hosts: readonly Host[]
  readonly datasets: readonly Dataset[]
}

/** What stands between an application and whoever is not signed in. */
function protectionsOf({ hosts, upstream, signOn }: Application): readonly Protection[] {
  return [
    // A host or a place to tunnel to: a gateway, ours or one that asks ours, decides on every request.
    ...(hosts.length > 0 || upstream !== undefined ? (['gateway'] as const) : []),
    ...(signOn === undefined ? [] : [signOn.kind]),
  ]
}

/** The coverage of an inventory, and what is used besides. */
export function signOnCoverage(
  inventory: Inventory,
  uses: readonly Use[],
  since: number,
): SignOnCoverage {
  const used = new Map(uses.map((use) => [use.application, use]))
  const items = inventory.applications
    .filter(({ id }) => id !== ownApplication)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((application) => {
      const { id, name, tier } = application
      const by = [...protectionsOf(application)]
      const use = used.get(id)
      return {
        application: id,
        name,
        tier,
        by,
        signIns: use?.signIns ?? 0,
        ...(use ? { lastAt: use.lastAt } : {}),
      }
    })
  const covered = items.filter(({ by }) => by.length > 0)
  const elsewhere = uses.filter(
    ({ application }) =>
      application !== ownApplication && !items.some((item) => item.application === application),
  )
  const behind = (kind: Protection) => items.filter(({ by }) => by.includes(kind)).length
  return {
    since,
    applications: { covered: covered.length, total: items.length },
    signIns: { covered: sum(covered), total: sum(items) + sum(elsewhere) },
    by: {
      gateway: behind('gateway'),
      oidc: behind('oidc'),
      saml: behind('saml'),
      none: items.length - covered.length,
    },
    items,
    shadow: shadowOf(inventory, items, elsewhere),
  }
}

type Items = SignOnCoverage['items']
type Shadow = SignOnCoverage['shadow'][number]

function shadowOf(
  { hosts, datasets }: Inventory,
  items: Items,
  elsewhere: readonly Use[],
): SignOnCoverage['shadow'] {
  const uncovered = new Map(
    items.filter(({ by }) => by.length === 0).map((item) => [item.application, item]),
  )
  const inventoried = new Set(items.map(({ application }) => application))
  const found = new Map<string, Shadow>()
  const add = (row: Shadow): void => {
    if (!found.has(row.application)) found.set(row.application, row)
  }
  for (const { application, signIns, lastAt } of elsewhere) {
    add({ application, known: false, seen: 'decisions', signIns, lastAt })
  }
  for (const { application, signIns, lastAt } of uncovered.values()) {
    if (lastAt !== undefined) {
      add({ application, known: true, seen: 'decisions', signIns, lastAt })
    }
  }
  // What runs on a host or holds data is in use, whether or not anybody was asked to sign in.
  const sightings = [
    ...hosts.flatMap(({ applications }) => applications.map((id) => [id, 'hosts'] as const)),
    ...datasets.flatMap(({ applications }) => applications.map((id) => [id, 'data'] as const)),
  ]
  for (const [application, seen] of sightings) {
    if (application === ownApplication) continue
    const known = inventoried.has(application)
    if (!known || uncovered.has(application)) add({ application, known, seen, signIns: 0 })
  }
  return [...found.values()].toSorted((a, b) => (a.application < b.application ? -1 : 1))
}

const sum = (rows: readonly { readonly signIns: number }[]): number =>
  rows.reduce((total, { signIns }) => total + signIns, 0)
