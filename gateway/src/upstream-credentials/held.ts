// The credentials with which this gateway signs in to applications that know no single sign-on.
// They are used for exactly what they were set for: one application at one address, and the people
// it was said for. One that may have been changed meanwhile is not used.
import type { Application } from '@countersign/contract/documents'
import type { Estate } from '@countersign/contract/estate'
import type { Subject } from '@countersign/contract/request'
import { Secret } from '@countersign/contract/secret'
import type {
  CredentialBundle,
  UpstreamCredential,
} from '@countersign/contract/upstream-credential'

type Held = CredentialBundle['credentials'][number]

/**
 * How long a stream may go on after a credential of its application changed, while it is not yet
 * known whether it is the one it was opened with. In milliseconds.
 */
const unknownMaxMs = 10_000

export class UpstreamCredentials {
  #at = 0
  #changedAt: ReadonlyMap<string, number> = new Map()
  #held: ReadonlyMap<string, Secret<Held>> = new Map()
  #onReplaced: () => void = () => {}

  /** Calls `listener` whenever credentials were replaced. */
  onReplaced(listener: () => void): void {
    this.#onReplaced = listener
  }

  /** Puts all credentials in the place of those before. One that is older changes nothing. */
  replace({ at, applications, credentials }: CredentialBundle): void {
    if (at < this.#at) return
    this.#at = at
    this.#changedAt = new Map(applications.map(({ id, changedAt }) => [id, changedAt]))
    this.#held = new Map(
      credentials.map((held) => [nameOf(held.application, held.person), new Secret(held)]),
    )
    this.#onReplaced()
  }

  /** Whether some application's credentials were changed after these were made. */
  areBehind(estate: Estate): boolean {
    return estate.all('application').some((application) => !this.#isCurrent(application))
  }

  /** The header that signs the subject in, its name and value in turn; undefined where there is none. */
  headerFor(application: Application, subject: Subject): readonly [string, string] | undefined {
    const { id, upstream, upstreamCredential } = application
    if (!upstreamCredential || !this.#isCurrent(application)) return undefined
    const isShared = upstreamCredential.per === 'application'
    if (subject.kind === 'anonymous' || (!isShared && subject.kind !== 'person')) return undefined
    const person = isShared || subject.kind !== 'person' ? undefined : subject.session.person
    const held = this.#held.get(nameOf(id, person))?.reveal()
    // Whoever may change where an application lies must not thereby learn how to sign in to it.
    if (!held || held.upstream !== upstream) return undefined
    return headerOf(upstreamCredential, held)
  }

  /**
   * A function that says later whether the subject would still be signed in as now; undefined where
   * nobody signs them in.
   */
  signedInAs(
    application: Application,
    subject: Subject,
  ): ((estate: Estate, now: number) => boolean) | undefined {
    const opened = this.headerFor(application, subject)
    if (!opened) return undefined
    return (estate, now) => {
      const current = estate.get('application', application.id)
      if (!current) return false
      if (!this.#isCurrent(current)) return now - (current.credentialsChangedAt ?? 0) < unknownMaxMs
      const header = this.headerFor(current, subject)
      return header?.[0] === opened[0] && header[1] === opened[1]
    }
  }

  #isCurrent({ id, upstreamCredential, credentialsChangedAt }: Application): boolean {
    if (!upstreamCredential || credentialsChangedAt === undefined) return true
    return (this.#changedAt.get(id) ?? 0) >= credentialsChangedAt
  }
}

function nameOf(application: string, person: string | undefined): string {
  return JSON.stringify([application, person])
}

function headerOf(
  { kind, header }: UpstreamCredential,
  { user = '', secret }: Held,
): readonly [string, string] {
  switch (kind) {
    case 'basic':
      // RFC 7617 §2.
      return ['authorization', `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`]
    case 'bearer':
      return ['authorization', `Bearer ${secret}`]
    case 'header':
      return [header ?? 'authorization', secret]
  }
}
