// Which application answers at a host, and under which names of their own applications are told who
// is there. A client may send none of those names to any application: two applications may well be
// one program behind two host names.
import type { Application } from './documents.ts'
import { ownIdentityHeaders } from './upstream-identity.ts'

export class ApplicationIndex {
  readonly #byHost = new Map<string, string>()
  readonly #identityHeaders = new Map<string, number>()

  clear(): void {
    this.#byHost.clear()
    this.#identityHeaders.clear()
  }

  add(application: Application): void {
    for (const name of application.hosts) this.#byHost.set(name, application.id)
    for (const name of ownHeaders(application)) this.#count(name, 1)
  }

  remove(application: Application): void {
    for (const name of application.hosts) {
      if (this.#byHost.get(name) === application.id) this.#byHost.delete(name)
    }
    for (const name of ownHeaders(application)) this.#count(name, -1)
  }

  /** The id of the application at a host name in lower case. */
  at(hostname: string): string | undefined {
    return this.#byHost.get(hostname)
  }

  /** Whether a header, in lower case and in any spelling of its separators, carries an identity. */
  isIdentityHeader(name: string): boolean {
    return this.#identityHeaders.size > 0 && this.#identityHeaders.has(name.replace(/[_.]/g, '-'))
  }

  #count(name: string, change: 1 | -1): void {
    const uses = (this.#identityHeaders.get(name) ?? 0) + change
    if (uses > 0) this.#identityHeaders.set(name, uses)
    else this.#identityHeaders.delete(name)
  }
}

function ownHeaders({ upstreamIdentity, upstreamCredential }: Application): readonly string[] {
  const credential = upstreamCredential?.header
  return [
    ...ownIdentityHeaders(upstreamIdentity),
    ...(credential === undefined ? [] : [credential]),
  ]
}
