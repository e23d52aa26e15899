// From the domain's documents to the entities that policies reason about.
import type { EntityJson } from '@countersign/policy/entities'
import type { EntityUid } from '@countersign/policy/syntax'
import { actions } from './actions.ts'
import type {
  AnyDocument,
  DocumentKind,
  Dataset,
  Device,
  Group,
  Host,
  Application,
  Person,
  Workload,
} from './documents.ts'

/** The kinds of document that are entities in policies, and their Cedar type. */
export const entityTypes = {
  person: 'Person',
  workload: 'Workload',
  group: 'Group',
  device: 'Device',
  application: 'Application',
  host: 'Host',
  dataset: 'Dataset',
} as const satisfies Partial<Record<DocumentKind, string>>

export type EntityKind = keyof typeof entityTypes

/** Whoever has not signed in. */
export const anonymous: EntityUid = { type: 'Anonymous', id: 'anonymous' }

export function isEntityKind(kind: DocumentKind): kind is EntityKind {
  return Object.hasOwn(entityTypes, kind)
}

/** `uid('person', 'ada')` is `Person::"ada"`. */
export function uid(kind: EntityKind, id: string): EntityUid {
  return { type: entityTypes[kind], id }
}

/** How people read an entity: `Person::"ada"`. */
export function entityText({ type, id }: EntityUid): string {
  return `${type}::${JSON.stringify(id)}`
}

/** The entities that stand in every store: the action groups and the anonymous principal. */
export function fixedEntities(): readonly EntityJson[] {
  return [
    { uid: anonymous, attrs: {}, parents: [] },
    ...Object.entries(actions).map(([id, action]) => ({
      uid: { type: 'Action', id },
      attrs: {},
      parents: 'group' in action ? [{ type: 'Action', id: action.group }] : [],
    })),
  ]
}

/** The Cedar entity of a document; undefined for kinds that are none (sessions, releases). */
export function toEntity(item: AnyDocument): EntityJson | undefined {
  switch (item.kind) {
    case 'person':
      return personEntity(item.document)
    case 'workload':
      return workloadEntity(item.document)
    case 'group':
      return groupEntity(item.document)
    case 'device':
      return deviceEntity(item.document)
    case 'application':
      return applicationEntity(item.document)
    case 'host':
      return hostEntity(item.document)
    case 'dataset':
      return datasetEntity(item.document)
    case 'session':
    case 'token':
    case 'factors':
    case 'signer':
    case 'release':
      return undefined
  }
}

function personEntity(it: Person): EntityJson {
  return {
    uid: uid('person', it.id),
    attrs: defined({
      name: it.name,
      email: it.email,
      class: it.class,
      title: it.title,
      department: it.department,
      manager: reference('person', it.manager),
      sponsor: reference('person', it.sponsor),
      startsAt: moment(it.startsAt),
      endsAt: moment(it.endsAt),
      active: it.active,
    }),
    parents: groups(it.groups),
  }
}

function workloadEntity(it: Workload): EntityJson {
  return {
    uid: uid('workload', it.id),
    attrs: defined({
      name: it.name,
      class: it.class,
      owner: reference('person', it.owner),
      purpose: it.purpose,
      credentialExpiresAt: moment(it.credentialExpiresAt),
      active: it.active,
    }),
    parents: groups(it.groups),
  }
}

function groupEntity(it: Group): EntityJson {
  return { uid: uid('group', it.id), attrs: { name: it.name }, parents: groups(it.groups) }
}

function deviceEntity(it: Device): EntityJson {
  return {
    uid: uid('device', it.id),
    attrs: defined({
      name: it.name,
      owner: reference('person', it.owner),
      ownership: it.ownership,
      platform: it.platform,
    }),
    parents: [],
  }
}

function applicationEntity(it: Application): EntityJson {
  return {
    uid: uid('application', it.id),
    attrs: defined({
      name: it.name,
      owner: reference('person', it.owner),
      tier: it.tier,
      kind: it.kind,
    }),
    parents: groups(it.groups),
  }
}

function hostEntity(it: Host): EntityJson {
  return {
    uid: uid('host', it.id),
    attrs: defined({ name: it.name, zone: it.zone }),
    parents: it.applications.map((id) => uid('application', id)),
  }
}

function datasetEntity(it: Dataset): EntityJson {
  return {
    uid: uid('dataset', it.id),
    attrs: defined({ name: it.name, owner: reference('person', it.owner), label: it.label }),
    parents: it.applications.map((id) => uid('application', id)),
  }
}

// A type, not an interface: only a type is assignable to a record of JSON values.
type DatetimeJson = { readonly __extn: { readonly fn: 'datetime'; readonly arg: string } }

/** A datetime in Cedar's JSON: an extension call on an RFC 3339 text with milliseconds, UTC. */
export function datetime(ms: number): DatetimeJson {
  return { __extn: { fn: 'datetime', arg: new Date(ms).toISOString() } }
}

function moment(ms: number | undefined): DatetimeJson | undefined {
  return ms === undefined ? undefined : datetime(ms)
}

function reference(
  kind: EntityKind,
  id: string | undefined,
): { readonly __entity: { readonly type: string; readonly id: string } } | undefined {
  if (id === undefined) return undefined
  const { type, id: name } = uid(kind, id)
  return { __entity: { type, id: name } }
}

function groups(ids: readonly string[]): EntityUid[] {
  return ids.map((id) => uid('group', id))
}

type Attributes = EntityJson['attrs']

function defined(members: { readonly [key: string]: Attributes[string] | undefined }): Attributes {
  return Object.fromEntries(
    Object.entries(members).filter(
      (entry): entry is [string, Attributes[string]] => entry[1] !== undefined,
    ),
  )
}
