// The estate is everything an enforcement point knows, folded from documents: entities for the
// policies, sessions, routes by host, and the release. The gateway and the server decide with the
// same estate, so there is one way to decide and it is the same everywhere.
import {
  decide as evaluate,
  compilePolicies,
  type CompiledPolicies,
  type Decision,
  type Query,
} from '@countersign/policy/engine'
import { EntityStore } from '@countersign/policy/entities'
import { explain } from '@countersign/policy/explain'
import type { RecordJson, ValueJson } from '@countersign/policy/json'
import type { EntityUid } from '@countersign/policy/syntax'
import type { NearMiss, Verdict } from './decision.ts'
import type {
  AnyDocument,
  Application,
  Device,
  DocumentKind,
  DocumentOf,
  Person,
  Session,
} from './documents.ts'
import { entityTypes, fixedEntities, isEntityKind, toEntity } from './entities.ts'
import type { Change, Changes, Snapshot } from './feed.ts'
import { cycleIn } from './group-cycle.ts'
import {
  type Circumstances,
  contextOf,
  principalOf,
  type Subject,
  withFreshPasskey,
} from './request.ts'

/** What is asked: someone, an action, a resource, and the circumstances of the moment. */
export interface Question {
  readonly subject: Subject
  readonly action: string
  readonly resource: EntityUid
  readonly circumstances: Circumstances
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** An answer with everything it rested on. */
export interface Judgement {
  readonly verdict: Verdict
  readonly decision: Decision
  readonly principal: EntityUid
  readonly context: RecordJson
  readonly release: string
  readonly sequence: number
}

const noPolicies = compilePolicies([])

export class Estate {
  #sequence = 0
  #torn = false
  #release: DocumentOf<'release'> | undefined
  #policies: CompiledPolicies = noPolicies
  #entities: EntityStore = EntityStore.load(fixedEntities())
  readonly #documents = new Map<DocumentKind, Map<string, unknown>>()
  readonly #applicationByHost = new Map<string, string>()

  /** An estate that knows what the snapshot says. */
  static from(snapshot: Snapshot): Estate {
    const estate = new Estate()
    estate.load(snapshot)
    return estate
  }

  /** Replaces everything with the snapshot. */
  load({ sequence, documents }: Snapshot): void {
    this.#torn = true
    this.#documents.clear()
    this.#applicationByHost.clear()
    this.#release = undefined
    this.#policies = noPolicies
    const entities = documents.flatMap((item) => toEntity(item) ?? [])
    this.#entities = EntityStore.load([...fixedEntities(), ...entities])
    for (const item of documents) this.#remember(item)
    this.#sequence = sequence
    this.#torn = false
  }

  /**
   * Why these changes could never be applied, or undefined where they can. Asked before a change
   * is committed, so that no journal ever holds what no estate can take.
   */
  faultOf(changes: readonly Change[]): string | undefined {
    try {
      const groups = new Map(this.all('group').map((group) => [group.id, group.groups]))
      for (const change of changes) {
        if (change.op === 'remove') continue
        const entity = toEntity(change.item)
        if (entity) EntityStore.load([entity])
        if (change.item.kind === 'release') compilePolicies(change.item.document.policies)
        if (change.item.kind === 'group')
          groups.set(change.item.document.id, change.item.document.groups)
      }
      const cycle = cycleIn(groups)
      return (
        cycle && `the group \`${cycle}\` would contain itself: take it out of one of its groups`
      )
    } catch (error) {
      if (error instanceof Error) return error.message
      throw error
    }
  }

  /**
   * Applies changes that start where this estate stands. Should one of them be impossible, this
   * throws and the estate refuses to judge until a snapshot is loaded: half a change decides nothing.
   * @returns false, with nothing changed, where they start elsewhere: fetch a snapshot then.
   */
  apply({ from, to, changes }: Pick<Changes, 'from' | 'to' | 'changes'>): boolean {
    if (from !== this.#sequence) return false
    this.#torn = true
    for (const change of changes) this.#applyOne(change)
    this.#torn = false
    this.#sequence = to
    return true
  }

  /** The journal position this estate stands at. */
  get sequence(): number {
    return this.#sequence
  }

  get release(): DocumentOf<'release'> | undefined {
    return this.#release
  }

  get policies(): CompiledPolicies {
    return this.#policies
  }

  get entities(): EntityStore {
    return this.#entities
  }

  get<K extends DocumentKind>(kind: K, id: string): DocumentOf<K> | undefined {
    return this.#documents.get(kind)?.get(id) as DocumentOf<K> | undefined
  }

  all<K extends DocumentKind>(kind: K): readonly DocumentOf<K>[] {
    return [...((this.#documents.get(kind)?.values() ?? []) as Iterable<DocumentOf<K>>)]
  }

  count(kind: DocumentKind): number {
    return this.#documents.get(kind)?.size ?? 0
  }

  /** The application served at a host name, already in lower case. */
  applicationAt(hostname: string): Application | undefined {
    const id = this.#applicationByHost.get(hostname)
    return id === undefined ? undefined : this.get('application', id)
  }

  /** Who presents the cookie whose hash this is, at this host; anonymous where nothing fits. */
  subjectOf(hash: string, hostname: string, nowMs: number): Subject {
    const token = this.get('token', hash)
    if (!token || token.host !== hostname || token.endsAt <= nowMs) return { kind: 'anonymous' }
    return this.subjectOfSession(token.session, nowMs)
  }

  /** The subject of a session id; anonymous once the session or the person's account is over. */
  subjectOfSession(id: string, nowMs: number): Subject {
    const session = this.get('session', id)
    if (
      !session ||
      session.endsAt <= nowMs ||
      !isPresent(this.get('person', session.person), nowMs)
    ) {
      return { kind: 'anonymous' }
    }
    return { kind: 'person', session, device: this.#deviceOf(session) }
  }

  /** Decides afresh, with the facts of this moment. Nothing is cached. */
  judge({ subject, action, resource, circumstances, now }: Question): Judgement {
    const principal = principalOf(subject)
    const context = contextOf(subject, circumstances, now)
    if (this.#torn) throw new Error('the estate is torn: a change could not be applied whole')
    const query = { principal, action: { type: 'Action', id: action }, resource, context }
    const decision = evaluate(this.#policies, this.#entities, query)
    return {
      verdict: this.#verdict(subject, decision, query),
      decision,
      principal,
      context,
      release: this.#release?.id ?? 'none',
      sequence: this.#sequence,
    }
  }

  /**
   * Why a refusal is one: what forbade it, what could not be evaluated, and each permit that was
   * near, with the first condition that failed. A forbid that did not hold had no part in it, and
   * neither had a policy that is only observed.
   */
  explain(judgement: Judgement, action: string, resource: EntityUid): readonly NearMiss[] {
    const { principal, context, decision } = judgement
    const observed = new Set(
      this.#policies.policies.flatMap(({ binds, policy }) => (binds === 'no-one' ? policy.id : [])),
    )
    const determining = new Set(decision.effective.determining)
    return explain(this.#policies, this.#entities, {
      principal,
      action: { type: 'Action', id: action },
      resource,
      context,
    })
      .filter(
        ({ policy, effect, outcome }) =>
          !observed.has(policy) &&
          (outcome === 'satisfied'
            ? determining.has(policy)
            : effect === 'permit' || outcome === 'errored'),
      )
      .slice(0, nearMissesMax)
      .map(({ policy, effect, outcome, failing }) => ({
        policy,
        effect,
        outcome,
        ...(failing?.text === undefined ? {} : { condition: failing.text.slice(0, 8192) }),
        observed: (failing?.observed ?? [])
          .slice(0, 64)
          .map(({ path, value }) => ({ path, value: valueText(value).slice(0, 2048) })),
      }))
  }

  // A step-up is a refusal that nothing but a fresh, strong sign-in would turn.
  #verdict(
    subject: Subject,
    decision: Decision,
    query: Query & { readonly context: RecordJson },
  ): Verdict {
    if (decision.effective.effect === 'allow') return 'allow'
    if (subject.kind !== 'person') return 'deny'
    const fresh = { ...query, context: withFreshPasskey(query.context) }
    return evaluate(this.#policies, this.#entities, fresh).effective.effect === 'allow'
      ? 'step-up'
      : 'deny'
  }

  #deviceOf(session: Session): Device | undefined {
    return session.device === undefined ? undefined : this.get('device', session.device)
  }

  #applyOne(change: Change): void {
    if (change.op === 'remove') {
      this.#forget(change.kind, change.id)
      return
    }
    const entity = toEntity(change.item)
    if (entity) this.#entities.upsert(entity)
    this.#remember(change.item)
  }

  #remember(item: AnyDocument): void {
    const { kind, document } = item
    let documents = this.#documents.get(kind)
    if (!documents) this.#documents.set(kind, (documents = new Map()))
    if (kind === 'application') {
      this.#unroute(document.id)
      for (const name of document.hosts) this.#applicationByHost.set(name, document.id)
    }
    if (kind === 'release') {
      this.#policies = compilePolicies(document.policies)
      this.#release = document
    }
    documents.set(document.id, document)
  }

  #forget(kind: DocumentKind, id: string): void {
    if (kind === 'application') this.#unroute(id)
    this.#documents.get(kind)?.delete(id)
    if (isEntityKind(kind)) this.#entities.remove({ type: entityTypes[kind], id })
  }

  #unroute(application: string): void {
    for (const name of this.get('application', application)?.hosts ?? []) {
      if (this.#applicationByHost.get(name) === application) this.#applicationByHost.delete(name)
    }
  }
}

const nearMissesMax = 32

/** A value as people read it; a fact that was not there is `absent`. */
function valueText(value: ValueJson | undefined): string {
  if (value === undefined) return 'absent'
  return JSON.stringify(value, (_, it: unknown) => (typeof it === 'bigint' ? it.toString() : it))
}

/** Whether a person's account counts now: active, begun and not ended. */
export function isPresent(person: Person | undefined, nowMs: number): boolean {
  return (
    person !== undefined &&
    person.active &&
    (person.startsAt === undefined || person.startsAt <= nowMs) &&
    (person.endsAt === undefined || person.endsAt > nowMs)
  )
}
