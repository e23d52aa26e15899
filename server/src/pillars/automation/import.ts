// What an import may bring. It may describe an organisation; it may not hand out credentials, put
// policies into force around their checks, or change what the product keeps for itself.
import { ownApplication } from '@countersign/contract/actions'
import type { ImportLine } from '@countersign/contract/api/automation'
import type { DecisionRecord } from '@countersign/contract/decision'
import type { AnyDocument, DocumentOf } from '@countersign/contract/documents'
import type { Estate } from '@countersign/contract/estate'
import { type Problem, problem } from '@countersign/contract/problems'
import type { SignInRecord } from '@countersign/contract/sign-in-record'
import { WorkloadIndex } from '@countersign/contract/workload-index'
import { putEvents, type PutKind } from '#journal/changes'
import type { Draft } from '#journal/journal.store'
import { operatorWorkload } from '#policies/names'

export interface Sorted {
  readonly drafts: readonly Draft[]
  readonly decisions: readonly DecisionRecord[]
  /** Sign-ins that were recorded elsewhere. They count in figures; nobody is signed in by them. */
  readonly signIns: readonly SignInRecord[]
}

type PutDocument = Extract<AnyDocument, { readonly kind: PutKind }>

/**
 * Sorts lines into changes and decisions.
 * @param mayImportDecisions whether the caller may bring decisions that others made.
 * @throws Problem `automation.import_invalid` naming the line.
 */
export function sortLines(lines: readonly ImportLine[], mayImportDecisions: boolean): Sorted {
  const drafts: Draft[] = []
  const decisions: DecisionRecord[] = []
  const signIns: SignInRecord[] = []
  for (const [index, line] of lines.entries()) {
    if (line.kind === 'decision' || line.kind === 'sign-in') {
      if (!mayImportDecisions) {
        throw refusal(index, `a ${line.kind} is imported only over the control socket`)
      }
      if (line.kind === 'decision') decisions.push(line.document)
      else signIns.push(line.document)
    } else if (isPut(line)) {
      const kept = keptByProduct(line)
      if (kept !== undefined) throw refusal(index, kept)
      const { kind, document } = line
      drafts.push({ event: putEvents[kind], kind, id: document.id, after: document })
    } else {
      throw refusal(
        index,
        line.kind === 'release'
          ? 'a release is made by `POST /api/policies/releases`, where its policies are checked'
          : `a ${line.kind} is a credential; people sign in themselves`,
      )
    }
  }
  return { drafts, decisions, signIns }
}

/**
 * Checks what only shows once the lines stand beside what is known.
 * @throws Problem `automation.import_invalid` naming what does not fit.
 */
export function refuseMisfits(estate: Estate, drafts: readonly Draft[]): void {
  refuseSharedHosts(estate, drafts)
  refuseSharedNames(estate, drafts)
  refuseCycles(estate, drafts)
}

/** The same drafts with what only the server says of a document as the server last said it. */
export function withKeptFields(estate: Estate, drafts: readonly Draft[]): readonly Draft[] {
  return drafts.map((draft) => {
    const [person] = documentsOf([draft], 'person')
    if (person) {
      const breakGlass = person.breakGlass ?? estate.get('person', person.id)?.breakGlass
      return { ...draft, after: { ...person, ...(breakGlass ? { breakGlass } : {}) } }
    }
    const [application] = documentsOf([draft], 'application')
    if (!application) return draft
    const { credentialsChangedAt: _said, ...said } = application
    const before = estate.get('application', application.id)
    const kept = before?.credentialsChangedAt
    // An inventory that says nothing of sign-on was written elsewhere; what was registered here stays.
    const signOn = said.signOn ?? before?.signOn
    return {
      ...draft,
      after: {
        ...said,
        ...(kept === undefined ? {} : { credentialsChangedAt: kept }),
        ...(signOn === undefined ? {} : { signOn }),
      },
    }
  })
}

function isPut(line: AnyDocument): line is PutDocument {
  return Object.hasOwn(putEvents, line.kind)
}

function keptByProduct({ kind, document: { id } }: PutDocument): string | undefined {
  if (
    (kind === 'application' && id === ownApplication) ||
    (kind === 'workload' && id === operatorWorkload)
  ) {
    return `the ${kind} \`${id}\` is kept by Countersign itself`
  }
  return undefined
}

function refuseSharedHosts(estate: Estate, drafts: readonly Draft[]): void {
  const changed = new Map(documentsOf(drafts, 'application').map((it) => [it.id, it.hosts]))
  if (changed.size === 0) return
  const owners = new Map<string, string>()
  for (const { id, hosts } of estate.all('application')) {
    if (!changed.has(id)) for (const host of hosts) owners.set(host, id)
  }
  for (const [id, hosts] of changed) {
    for (const host of hosts) {
      const owner = owners.get(host)
      if (owner !== undefined && owner !== id) {
        throw invalid(
          `\`${host}\` cannot be a host of \`${id}\`: it is one of \`${owner}\` already`,
        )
      }
      owners.set(host, id)
    }
  }
}

// What comes with a credential must stand for one workload, or it would stand for none.
function refuseSharedNames(estate: Estate, drafts: readonly Draft[]): void {
  const changed = new Map(documentsOf(drafts, 'workload').map((it) => [it.id, it]))
  if (changed.size === 0) return
  const index = new WorkloadIndex()
  for (const workload of estate.all('workload')) {
    if (!changed.has(workload.id)) index.add(workload)
  }
  for (const workload of changed.values()) {
    const fault = index.faultOf(workload)
    if (fault !== undefined) throw invalid(fault)
    index.add(workload)
  }
}

// Membership must lead upwards only; the policy engine refuses entities that contain themselves.
function refuseCycles(estate: Estate, drafts: readonly Draft[]): void {
  const changed = new Map(documentsOf(drafts, 'group').map((it) => [it.id, it.groups]))
  const parents = (id: string): readonly string[] =>
    changed.get(id) ?? estate.get('group', id)?.groups ?? []
  const cleared = new Set<string>()
  for (const start of changed.keys()) {
    // Depth first, with the way down remembered, so that a group met again on its own way shows.
    const way: { readonly id: string; readonly rest: string[] }[] = [
      { id: start, rest: [...parents(start)] },
    ]
    const onWay = new Set([start])
    for (let top = way.at(-1); top; top = way.at(-1)) {
      const next = top.rest.pop()
      if (next === undefined) {
        cleared.add(top.id)
        onWay.delete(top.id)
        way.pop()
      } else if (onWay.has(next)) {
        throw invalid(`the group \`${next}\` would be a member of itself`)
      } else if (!cleared.has(next)) {
        onWay.add(next)
        way.push({ id: next, rest: [...parents(next)] })
      }
    }
  }
}

function documentsOf<K extends PutKind>(
  drafts: readonly Draft[],
  kind: K,
): readonly DocumentOf<K>[] {
  return drafts.flatMap((draft) => (draft.kind === kind ? [draft.after as DocumentOf<K>] : []))
}

function refusal(index: number, why: string): Problem {
  return invalid(`line ${index + 1}: ${why}`)
}

function invalid(detail: string): Problem {
  return problem('automation.import_invalid', detail)
}
