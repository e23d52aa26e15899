// Who and what a decision is about, named so that a reader recognises it.
import type { DecisionRecord } from '@countersign/contract/decision'

type EntityUid = DecisionRecord['principal']

const kinds: Readonly<Record<string, string>> = {
  Person: 'person',
  Workload: 'workload',
  Anonymous: 'not signed in',
  Application: 'application',
  Host: 'host',
  Dataset: 'data set',
}

/** The kind of an entity in plain words. */
export const kindOf = ({ type }: EntityUid): string => kinds[type] ?? type

/** The name the entity had then; its id where no name was recorded. */
export function nameOf(uid: EntityUid, recordedName: string | undefined): string {
  if (uid.type === 'Anonymous') return 'Someone not signed in'
  return recordedName ?? uid.id
}

/** A person or program written as policies write it, in plain words: `workload operator`. */
export function entityInWords(text: string): string {
  const found = /^(?<type>\w+)::"(?<id>.*)"$/.exec(text)?.groups
  const { type, id } = { type: found?.['type'], id: found?.['id'] }
  return type === undefined || id === undefined ? text : `${kindOf({ type, id })} ${id}`
}
