// What must be right before an application is published. Each line says what was found and, where
// that will not do, what to do next. Whether an application can be reached past the gateway is not
// ours to know; whoever publishes it sees to that.
import type { ApplicationCheck, applicationChecks } from '@countersign/contract/api/inventory'
import type { Application, Person } from '@countersign/contract/documents'
import { isPresent } from '@countersign/contract/estate'
import type { Admittance } from './admittance.ts'
import type { KnownHealth } from '#pillars/networks/gateways'
import type { Reach } from './reach.client.ts'

export interface Found {
  readonly application: Application
  /** The person it names as its owner, if there is one. */
  readonly owner: Person | undefined
  /** Other applications with one of its hosts. */
  readonly sharing: readonly { readonly application: string; readonly host: string }[]
  /** What is at its upstream; undefined where it names none. */
  readonly reach: Reach | undefined
  readonly health: KnownHealth
  readonly admittance: Admittance
  /** Where it finds the keys of the gateway that serves it. */
  readonly keysUrl: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

type CheckName = (typeof applicationChecks)[number]
type Line = Omit<ApplicationCheck, 'check' | 'passed'>

/** Every check, in order. */
export function checklist(found: Found): ApplicationCheck[] {
  return Object.entries(rules).map(([check, rule]) => {
    const line = rule(found)
    return { check: check as CheckName, passed: line.next === undefined, ...line }
  })
}

const rules: Readonly<Record<CheckName, (found: Found) => Line>> = {
  owner({ application: { owner: id, tier }, owner, now }) {
    if (owner && isPresent(owner, now)) return { finding: `tier ${tier}, owned by ${owner.name}` }
    return {
      finding:
        id === undefined
          ? `tier ${tier}, and nobody owns it`
          : `tier ${tier}, and its owner \`${id}\` is not, or no longer, among the people`,
      next: 'set `owner` to somebody who works here and answers for it',
    }
  },

  host({ application: { hosts }, sharing: [shared] }) {
    if (shared) {
      return {
        finding: `\`${shared.host}\` is also a host of \`${shared.application}\``,
        next: 'give each application hosts of its own; only one of them is served',
      }
    }
    return hosts.length > 0
      ? { finding: `served at ${hosts.join(', ')}` }
      : { finding: 'it has no host', next: 'set `hosts` to the names people will open' }
  },

  upstream({ application: { upstream }, reach }) {
    if (upstream === undefined || !reach) {
      return { finding: 'it has no address', next: 'set `upstream` to where the gateway finds it' }
    }
    return reach.kind === 'accepts'
      ? { finding: `\`${upstream}\` accepts connections from the server` }
      : {
          finding: `nothing accepts connections at \`${upstream}\` (${reach.why})`,
          next: 'start it, correct `upstream`, or open the way; gateways need the same way',
        }
  },

  health({ application: { upstreamHealth }, health }) {
    if (!upstreamHealth)
      return { finding: 'it says nothing about how to find out whether it works' }
    switch (health.kind) {
      case 'works':
        return { finding: `\`${upstreamHealth.path}\` is answered as it should be` }
      case 'unasked':
        return { finding: `no gateway has asked for \`${upstreamHealth.path}\` of late` }
      case 'fails':
        return {
          finding: `\`${upstreamHealth.path}\` is not answered as it should be (${health.failing.why}), says the gateway ${health.gateway}`,
          next: 'repair it, or correct `upstreamHealth`; until then requests to it fail at once',
        }
    }
  },

  people({ admittance: { people, programs, asked, isCutShort } }) {
    const among = isCutShort ? `of the ${asked} first asked about` : `of ${asked}`
    const best = 'freshly signed in with a passkey on a healthy device'
    return people + programs > 0
      ? { finding: `${people} people and ${programs} programs ${among} get in, ${best}` }
      : {
          finding: `nobody ${among} gets in, not even ${best}`,
          next: 'write a policy that permits those it is for, and ask `countersign policies explain`',
        }
  },

  anyone({ application: { openToAnyone = false }, admittance: { anyone } }) {
    if (anyone === openToAnyone) {
      return {
        finding: anyone
          ? 'visitors who have not signed in get in, as is meant'
          : 'visitors who have not signed in are refused',
      }
    }
    return anyone
      ? {
          finding: 'visitors who have not signed in get in, and nobody said that this is meant',
          next: 'narrow the policy with `principal is Person`, or set `openToAnyone` to true',
        }
      : {
          finding: 'it is meant for anyone, and visitors who have not signed in are refused',
          next: 'permit `Anonymous::"anonymous"`, or set `openToAnyone` to false',
        }
  },

  review({ admittance: { permits }, now }) {
    const bad = permits.find(({ review }) => !isAhead(review, now))
    if (bad) {
      return {
        finding:
          bad.review === undefined
            ? `the policy \`${bad.id}\` that lets people in has no date of review`
            : `the policy \`${bad.id}\` was to be reviewed by \`${bad.review}\``,
        next: 'have its owner review it, and set `@review` to the next date',
      }
    }
    return permits.length > 0
      ? { finding: `${permits.length} policies let people in, each with a review ahead` }
      : {
          finding: 'no policy lets anybody in, so there is nothing to review',
          next: 'write a policy that permits those it is for, with `@review`',
        }
  },

  identity({ application: { kind, upstreamIdentity = {}, upstreamCredential }, keysUrl }) {
    if (kind === 'tcp') return { finding: 'a tunnel carries no word of ours about who is there' }
    if (upstreamCredential) return { finding: 'gateways sign in to it with a credential' }
    const { reliesOn, headers } = upstreamIdentity
    if (reliesOn === 'headers' && !headers) {
      return {
        finding: 'it relies on plain headers, and asks for none',
        next: 'name them in `upstreamIdentity.headers`',
      }
    }
    if (reliesOn !== undefined) return { finding: relianceText[reliesOn] }
    return {
      finding: 'nobody said what it believes about who is there',
      next: `have it verify \`countersign-assertion\` with the keys at \`${keysUrl}\` and set \`upstreamIdentity.reliesOn\` to \`assertion\`; or to \`headers\` or \`nothing\``,
    }
  },
}

const relianceText = {
  assertion: 'it verifies the signed assertion',
  headers: 'it believes plain headers, so nothing but gateways may reach it',
  nothing: 'it does not need to know who is there',
} as const

/** Whether a date, `2027-06-30`, has not passed. */
function isAhead(review: string | undefined, now: number): boolean {
  const dayMs = 86_400_000
  const startsAt = Date.parse(`${review ?? ''}T00:00:00Z`)
  return Number.isFinite(startsAt) && now < startsAt + dayMs
}
