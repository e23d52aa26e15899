// A server without HTTP, for tests: the real routes on a real embedded store, a clock that stands
// still until it is moved, and browsers that keep their cookies.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identityApi } from '@countersign/contract/api/identity'
import { type Authentication, documentKinds, type Person } from '@countersign/contract/documents'
import { Problem, type ProblemCode } from '@countersign/contract/problems'
import type { Route, RouteArguments, RouteInput, RouteResult } from '@countersign/contract/route'
import { Secret } from '@countersign/contract/secret'
import { readSettings } from '@countersign/contract/settings'
import type { Caller } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import type { Implementation, Reply } from '#http/implement'
import { readDocuments } from '#journal/documents.store'
import type { Draft } from '#journal/journal.store'
import { type Ledger, openLedger } from '#journal/ledger'
import { silence } from '#log'
import { openStore, type Store, type StoreAddress } from '#store/store'
import { Browser, consoleHost } from './browser.fake.ts'
import { breakGlassRoutes } from './break-glass/break-glass.routes.ts'
import { frictionRoutes } from './friction/friction.routes.ts'
import { handoffRoutes } from './handoff.routes.ts'
import { identitySelfRoutes } from './self.routes.ts'
import { sessionRoutes } from './session.routes.ts'
import { newSession, newToken } from './session.ts'
import { signinRoutes } from './signin.routes.ts'

/** What a route answered. */
export interface Answered<R extends Route> {
  readonly body: RouteResult<R>
  readonly cookies: readonly (readonly [name: string, value: string, maxAgeSeconds: number])[]
  readonly sequence: number | undefined
  readonly redirect: string | undefined
}

export class House {
  now = Date.parse('2025-11-03T09:00:00Z')
  readonly store: Store
  readonly ledger: Ledger
  dependencies: SigninDependencies
  #routes: ReadonlyMap<Route, Implementation>

  readonly #directory: string
  readonly #masterKey: Secret<Uint8Array>

  private constructor(
    store: Store,
    ledger: Ledger,
    directory: string,
    masterKey: Secret<Uint8Array>,
  ) {
    this.#masterKey = masterKey
    this.store = store
    this.ledger = ledger
    this.#directory = directory
    this.dependencies = this.#dependencies({ demo: false })
    this.#routes = mounted(this.dependencies)
  }

  /** Opens a house with an empty embedded store, or on a PostgreSQL server that another shares. */
  static async open(url?: string, sharing?: House): Promise<House> {
    const directory = await mkdtemp(join(tmpdir(), 'countersign-signin-'))
    const clock: { house?: House } = {}
    const now = (): number => clock.house?.now ?? 0
    const address: StoreAddress =
      url === undefined
        ? { kind: 'embedded', directory: join(directory, 'store') }
        : { kind: 'postgres', url }
    const store = await openStore({ address, log: silence, now })
    clock.house = new House(
      store,
      await openLedger(store, now),
      directory,
      sharing?.dependencies.masterKey ?? new Secret<Uint8Array>(randomBytes(32)),
    )
    return clock.house
  }

  /** Closes it and deletes what it kept. */
  async close(): Promise<void> {
    await this.store.close()
    await rm(this.#directory, { recursive: true, force: true })
  }

  /** Starts the server anew with other settings. */
  restart(options: { readonly demo: boolean }): void {
    this.dependencies = this.#dependencies(options)
    this.#routes = mounted(this.dependencies)
  }

  /** What the HTTP layer would bind. */
  get implementations(): readonly Implementation[] {
    return [...this.#routes.values()]
  }

  pass(ms: number): void {
    this.now += ms
  }

  browser(): Browser {
    return new Browser(this)
  }

  /** Records documents as an import would. */
  async put(...drafts: readonly Draft[]): Promise<void> {
    await this.ledger.write('Workload::"test"', drafts)
  }

  /** Removes every document, so that the next test begins with an empty house. */
  async clear(): Promise<void> {
    const kinds = [
      ...documentKinds,
      'break-glass-use',
      'break-glass-drill',
      'passkey',
      'setup-link',
      'provider',
      'provider-link',
      'unmatched',
      'factors-policy',
      'enrolment',
      'recovery',
      'recovery-codes',
      'otp',
    ]
    const removals = await Promise.all(
      kinds.map(async (kind) => {
        const documents = await readDocuments(this.store.db, kind)
        return documents.map((it) => ({
          event: 'identity.person.removed' as const,
          kind,
          id: (it as { readonly id: string }).id,
          after: null,
        }))
      }),
    )
    await this.put(...removals.flat())
    await this.store.db.deleteFrom('otp_keys').execute()
    await this.store.db.deleteFrom('provider_secrets').execute()
    await this.store.db.deleteFrom('provider_sessions').execute()
    this.restart({ demo: false })
  }

  /** Adds a person, present unless said otherwise. */
  async addPerson(id: string, more: Partial<Person> = {}): Promise<void> {
    const person = { id, name: id, class: 'employee', active: true, groups: [], ...more }
    await this.put({ event: 'identity.person.put', kind: 'person', id, after: person })
  }

  /** Serves an application at `<id>.localhost`. */
  async addApplication(id: string): Promise<void> {
    const application = {
      id,
      name: id,
      tier: 2,
      hosts: [`${id}.localhost`],
      kind: 'web',
      groups: [],
    }
    await this.put({
      event: 'applications.application.put',
      kind: 'application',
      id,
      after: application,
    })
  }

  /** Issues a setup link; gives its secret. */
  async issueLink(): Promise<string> {
    const { body } = await this.call(identityApi.issueSetupLink, { kind: 'operator' }, { body: {} })
    return new URL(body.url).hash.slice(1)
  }

  /** Adds the group that administers. */
  async addAdministrators(): Promise<void> {
    const id = 'administrators'
    const group = { id, name: id, groups: [] }
    await this.put({ event: 'identity.group.put', kind: 'group', id, after: group })
  }

  /** A person with a passkey, in a browser where they are signed in with it. */
  async resident(id: string, more: Partial<Person> = {}): Promise<Browser> {
    await this.addPerson(id, { ...more, groups: ['personas', ...(more.groups ?? [])] })
    const browser = this.browser()
    this.restart({ demo: true })
    await browser.becomePersona(id)
    await browser.addPasskey()
    this.restart({ demo: false })
    await browser.signIn()
    return browser
  }

  /** A browser of a person who signed in there with a password at a provider. */
  async withPassword(
    person: string,
    method: Authentication['method'] = 'password',
  ): Promise<Browser> {
    const browser = this.browser()
    const source = { now: () => this.now, randomBytes: (count: number) => randomBytes(count) }
    const authentication: Authentication = {
      method,
      phishingResistant: false,
      observedAt: this.now,
      provenance: 'reported',
      provider: 'meridian',
    }
    const session = newSession(person, authentication, undefined, source)
    const { secret, document } = newToken(session, consoleHost, source)
    const event = 'identity.session.started'
    await this.put(
      { event, kind: 'session', id: session.id, after: session },
      { event, kind: 'token', id: document.id, after: document },
    )
    browser.jar.set(consoleHost, secret)
    return browser
  }

  /** Calls a route as the caller, and checks both ways what the HTTP layer would. */
  async call<R extends Route>(
    route: R,
    caller: Caller,
    args: RouteArguments<R>,
    browserCookies: ReadonlyMap<string, string> = new Map(),
  ): Promise<Answered<R>> {
    const implementation = this.#routes.get(route)
    assert.ok(implementation, `\`${route.path}\` has no implementation`)
    const given = args as Readonly<Record<string, unknown>>
    const input = {
      params: route.params?.parse(given['params']),
      query: route.query?.parse(given['query']),
      body: route.body?.parse(given['body']),
    } as RouteInput<Route>
    const cookies: (readonly [string, string, number])[] = []
    let sequence: number | undefined
    let redirect: string | undefined
    const reply: Reply = {
      cookie: (...cookie) => void cookies.push(cookie),
      sequence: (position) => void (sequence = position),
      redirect: (url) => void (redirect = url),
      page: () => {},
    }
    const { signal } = new AbortController()
    const exchange = {
      caller,
      now: this.now,
      reply,
      signal,
      proofs: [],
      requestId: 'req_test',
      rawQuery: '',
      cookie: (name: string) => browserCookies.get(name),
    }
    let body: unknown
    try {
      body = await implementation.answer(input, exchange)
    } catch (error) {
      if (error instanceof Problem) assert.ok(isDeclared(route, error.code), error.code)
      throw error
    }
    if (route.output.kind === 'json') route.output.schema.parse(body)
    return { body: body as RouteResult<R>, cookies, sequence, redirect }
  }

  #dependencies({ demo }: { readonly demo: boolean }): SigninDependencies {
    return {
      store: this.store,
      ledger: this.ledger,
      settings: readSettings('server', {
        COUNTERSIGN_ORGANISATION: 'Meridian Care',
        COUNTERSIGN_DEMO: demo ? '1' : '0',
      }),
      now: () => this.now,
      randomBytes: (count: number) => randomBytes(count),
      masterKey: this.#masterKey,
      log: silence,
    }
  }
}

function mounted(deps: SigninDependencies): ReadonlyMap<Route, Implementation> {
  const implementations = [
    ...signinRoutes(deps),
    ...identitySelfRoutes(deps),
    ...handoffRoutes(deps),
    ...sessionRoutes(deps),
    ...breakGlassRoutes(deps),
    ...frictionRoutes(deps),
  ]
  return new Map(implementations.map((it) => [it.route, it]))
}

function isDeclared({ permission, problems }: Route, code: ProblemCode): boolean {
  return problems.includes(code) || (permission === 'self' && code === 'access.sign_in_required')
}

/** Expects the problem of this code. */
export async function refused(work: Promise<unknown>, code: ProblemCode): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof Problem, `expected \`${code}\`, found ${String(error)}`)
    assert.equal(error.code, code)
    return true
  })
}
