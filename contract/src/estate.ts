// The estate is everything an enforcement point knows, folded from documents: entities for the
// policies, sessions, routes by host, and the release. The gateway and the server decide with the
// same estate, so there is one way to decide and it is the same everywhere.
import {
  compilePolicies,
  type CompiledPolicies,
  type DecideOptions,
} from '@countersign/policy/engine'
import { EntityStore } from '@countersign/policy/entities'
import type { EntityUid } from '@countersign/policy/syntax'
import type { NearMiss } from './decision.ts'
import type {
  AnyDocument,
  Application,
  Device,
  DocumentKind,
  DocumentOf,
  Person,
  Session,
  TokenUse,
} from './documents.ts'
import { appliesTo } from './actions.ts'
import { ApplicationIndex } from './application-index.ts'
import { entityTypes, fixedEntities, toEntity } from './entities.ts'
import type { Change, Changes, Snapshot } from './feed.ts'
import { entityChange } from './entity-change.ts'
import { changeFault } from './change-fault.ts'
import {
  type Ground,
  isAnswerable,
  type Judgement,
  judgeOn,
  nearMisses,
  type Question,
} from './judgement.ts'
import { OwnedDevices } from './owned-devices.ts'
import type { Remedies } from './remedies.ts'
import { type GroupToGive, type Means, remediesOf } from './remedy-search.ts'
import type { Subject } from './request.ts'
import { WorkloadIndex } from './workload-index.ts'

export type { Judgement, Question } from './judgement.ts'

const noPolicies = compilePolicies([])
const strictly: DecideOptions = { strict: true }
const asCedarDoes: DecideOptions = {}
const nobody: Subject = { kind: 'anonymous' }

export class Estate {
  #sequence = 0
  #torn = false
  #release: DocumentOf<'release'> | undefined
  #policies: CompiledPolicies = noPolicies
  readonly #entities: EntityStore = EntityStore.load(fixedEntities())
  readonly #documents = new Map<DocumentKind, Map<string, unknown>>()
  readonly #applications = new ApplicationIndex()
  readonly #workloads = new WorkloadIndex()
  readonly #ownedDevices = new OwnedDevices()
  /** The latest moment at which anyone was asked for. */
  #latestMs = 0

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
    this.#applications.clear()
    this.#workloads.clear()
    this.#ownedDevices.clear()
    this.#release = undefined
    this.#policies = noPolicies
    const entities = documents.flatMap((item) => toEntity(item) ?? [])
    this.#entities.replaceAll([...fixedEntities(), ...entities])
    for (const item of documents) this.#remember(item)
    this.#sequence = sequence
    this.#torn = false
  }

  /**
   * Why these changes could never be applied, or undefined where they can. Asked before a change
   * is committed, so that no journal ever holds what no estate can take.
   */
  faultOf(changes: readonly Change[]): string | undefined {
    return changeFault(changes, { groups: this.all('group'), workloads: this.#workloads })
  }

  /**
   * Applies changes that start where this estate stands. Should one of them be impossible, this
   * throws and the estate refuses to judge until a snapshot is loaded: half a change decides nothing.
   * @returns false, with nothing changed, where they start elsewhere: fetch a snapshot then.
   */
  apply({ from, to, changes }: Pick<Changes, 'from' | 'to' | 'changes'>): boolean {
    if (from !== this.#sequence) return false
    this.#torn = true
    this.#entities.apply(changes.flatMap((change) => entityChange(change) ?? []))
    for (const change of changes) {
      if (change.op === 'put') this.#remember(change.item)
      else this.#forget(change.kind, change.id)
    }
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

  /** Whether a header, in lower case, tells some application who is there under a name of its own. */
  isIdentityHeader(name: string): boolean {
    return this.#applications.isIdentityHeader(name)
  }

  /** The application served at a host name, already in lower case. */
  applicationAt(hostname: string): Application | undefined {
    const id = this.#applications.at(hostname)
    return id === undefined ? undefined : this.get('application', id)
  }

  /** Who presents the token whose hash this is, at this host; anonymous where nothing fits. */
  subjectOf(hash: string, hostname: string, nowMs: number, use: TokenUse = 'browser'): Subject {
    const token = this.get('token', hash)
    if (
      !token ||
      token.host !== hostname ||
      token.endsAt <= this.#steady(nowMs) ||
      (token.use ?? 'browser') !== use
    ) {
      return { kind: 'anonymous' }
    }
    return this.subjectOfSession(token.session, nowMs)
  }

  /** Which workloads the names from outside stand for. */
  get workloads(): Pick<WorkloadIndex, 'bySpiffeId' | 'byFederation'> {
    return this.#workloads
  }

  /**
   * The subject of a session id; anonymous once the session or the person's account is over, or
   * once it is known to be used on two devices at once.
   */
  subjectOfSession(id: string, nowMs: number): Subject {
    const session = this.get('session', id)
    const now = this.#steady(nowMs)
    if (
      !session ||
      session.endsAt <= now ||
      session.contestedAt !== undefined ||
      !isPresent(this.get('person', session.person), now)
    ) {
      return { kind: 'anonymous' }
    }
    return { kind: 'person', session, device: this.#deviceOf(session) }
  }

  /** Decides afresh, with the facts of this moment. Nothing is cached. */
  judge(question: Question): Judgement {
    if (this.#torn) throw new Error('the estate is torn: a change could not be applied whole')
    const { verdict, decision, principal, context } = judgeOn(
      this.#groundFor(question.resource, question.subject),
      question,
    )
    const release = this.#release?.id ?? 'none'
    return { verdict, decision, principal, context, release, sequence: this.#sequence }
  }

  /** Why a refusal is one: what forbade it, what failed, and each permit that was near. */
  explain(judgement: Judgement, action: string, resource: EntityUid): readonly NearMiss[] {
    return nearMisses(this.#groundFor(resource, nobody), judgement, action, resource)
  }

  /** What would make a refusal of a person an allow; undefined for anyone else. */
  remedies(
    { verdict, principal, context, decision }: Judgement,
    { subject, action, resource, now }: Question,
  ): Remedies | undefined {
    if (verdict === 'allow' || subject.kind !== 'person') return undefined
    if (!isAnswerable(decision) || !appliesTo(action, principal.type)) {
      return { found: [], tried: 0, isCutShort: false }
    }
    const query = { principal, action: { type: 'Action', id: action }, resource, context }
    const refused = { ...this.#groundFor(resource, subject), query }
    return remediesOf(refused, this.#meansOf(subject.session, now))
  }

  // Where a mistake would cost most, a policy that cannot be evaluated closes rather than opens.
  #groundFor({ type, id }: EntityUid, subject: Subject): Ground {
    const application = type === entityTypes.application ? this.get('application', id) : undefined
    return {
      policies: this.#policies,
      entities: this.#entities,
      options: (application?.strict ?? application?.tier === 0) ? strictly : asCedarDoes,
      hasHardwareKey: subject.kind === 'person' && this.#hasHardwareKey(subject.session.person),
    }
  }

  #meansOf({ person, device }: Session, nowMs: number): Means {
    return {
      devices: this.#ownedDevices.of(person).flatMap((id) => this.get('device', id) ?? []),
      current: device === undefined ? undefined : this.get('device', device),
      hasHardwareKey: this.#hasHardwareKey(person),
      groupToGive: (id) => this.#groupToGive(id, person),
      nowMs,
    }
  }

  #hasHardwareKey(person: string): boolean {
    return this.get('factors', person)?.hardwareKey === true
  }

  // A group with an owner is one that somebody may take a person into.
  #groupToGive(id: string, person: string): GroupToGive | undefined {
    const group = this.get('group', id)
    const owner = group?.owner === undefined ? undefined : this.get('person', group.owner)
    if (!group || !owner || owner.id === person) return undefined
    return { group, owner: owner.name }
  }

  // A clock that is set back revives nothing that had ended.
  #steady(nowMs: number): number {
    return (this.#latestMs = Math.max(this.#latestMs, nowMs))
  }

  #deviceOf(session: Session): Device | undefined {
    return session.device === undefined ? undefined : this.get('device', session.device)
  }

  #remember(item: AnyDocument): void {
    const { kind, document } = item
    let documents = this.#documents.get(kind)
    if (!documents) this.#documents.set(kind, (documents = new Map()))
    if (kind === 'application') {
      this.#unroute(document.id)
      this.#applications.add(document)
    }
    if (kind === 'workload') {
      this.#disown(document.id)
      this.#workloads.add(document)
    }
    if (kind === 'device') this.#ownedDevices.put(document)
    if (kind === 'release') {
      this.#policies = compilePolicies(document.policies)
      this.#release = document
    }
    documents.set(document.id, document)
  }

  #forget(kind: DocumentKind, id: string): void {
    if (kind === 'application') this.#unroute(id)
    if (kind === 'workload') this.#disown(id)
    if (kind === 'device') this.#ownedDevices.remove(id)
    this.#documents.get(kind)?.delete(id)
  }

  #disown(workload: string): void {
    const known = this.get('workload', workload)
    if (known) this.#workloads.remove(known)
  }

  #unroute(application: string): void {
    const known = this.get('application', application)
    if (known) this.#applications.remove(known)
  }
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
