// Which applications work, of those that say how to find out. One that failed twice in a row is
// failing until it answers as it should: the questions themselves find out when it is back.
import type { Application } from '@countersign/contract/documents'
import type {
  UpstreamHealth as Asking,
  UpstreamHealthReport,
} from '@countersign/contract/upstream-health'

/** An answer may be lost once without meaning anything. */
const failuresMaxCount = 2
/** Longest explanation that is kept, in characters. */
const whyMaxCharacters = 256

interface Known {
  /** What it was asked about: another address or another question is another state. */
  readonly about: string
  failures: number
  /** When it is asked next, in milliseconds since the epoch. */
  nextAt: number
  isAsked: boolean
  failing: { readonly since: number; readonly why: string } | undefined
}

/** An application that says how to find out whether it works. */
export type Askable = Application & {
  readonly upstream: string
  readonly upstreamHealth: Asking
}

export class UpstreamHealth {
  readonly #known = new Map<string, Known>()
  #revision = 0

  /**
   * The applications to ask now, at most `maxCount`; each counts as being asked until `found` says
   * what came of it. `now` is milliseconds since the epoch, here and below.
   */
  due(applications: readonly Application[], now: number, maxCount: number): readonly Askable[] {
    const askable = applications.filter(isAskable)
    const ids = new Set(askable.map(({ id }) => id))
    for (const id of this.#known.keys()) {
      if (!ids.has(id)) this.#forget(id)
    }
    const due: Askable[] = []
    for (const application of askable) {
      const known = this.#stateOf(application, now)
      if (due.length >= maxCount || known.isAsked || now < known.nextAt) continue
      known.isAsked = true
      due.push(application)
    }
    return due
  }

  /** Takes what was found: `why` it does not work, or undefined where it does. */
  found(application: Askable, why: string | undefined, now: number): void {
    const known = this.#known.get(application.id)
    if (!known || known.about !== aboutOf(application)) return
    known.isAsked = false
    known.nextAt = now + application.upstreamHealth.everySeconds * 1_000
    const before = known.failing
    if (why === undefined) {
      known.failures = 0
      known.failing = undefined
    } else {
      known.failures += 1
      if (known.failures >= failuresMaxCount) {
        known.failing = { since: before?.since ?? now, why: why.slice(0, whyMaxCharacters) }
      }
    }
    if ((before === undefined) !== (known.failing === undefined)) this.#revision += 1
  }

  /** Whether requests to it should fail at once. */
  isFailing(application: string): boolean {
    return this.#known.get(application)?.failing !== undefined
  }

  /** Another number whenever an application began or ceased to fail. */
  get revision(): number {
    return this.#revision
  }

  /** All of it, to be told. */
  report(): UpstreamHealthReport {
    return {
      asked: [...this.#known.keys()],
      failing: [...this.#known].flatMap(([application, { failing }]) =>
        failing ? { application, ...failing } : [],
      ),
    }
  }

  #stateOf(application: Askable, now: number): Known {
    const about = aboutOf(application)
    const known = this.#known.get(application.id)
    if (known?.about === about) return known
    this.#forget(application.id)
    const fresh: Known = { about, failures: 0, nextAt: now, isAsked: false, failing: undefined }
    this.#known.set(application.id, fresh)
    return fresh
  }

  #forget(id: string): void {
    if (this.#known.get(id)?.failing) this.#revision += 1
    this.#known.delete(id)
  }
}

function isAskable(application: Application): application is Askable {
  return (
    application.upstreamHealth !== undefined &&
    application.upstream !== undefined &&
    application.kind !== 'tcp'
  )
}

function aboutOf({ upstream, upstreamHealth, upstreamTrust }: Askable): string {
  return JSON.stringify([upstream, upstreamHealth, upstreamTrust])
}
