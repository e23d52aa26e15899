// `countersign policies who-can` and `what-can`: the question asked backwards, of everyone and of
// everything that the entities hold.
import { whatMay, whoMay } from '@countersign/policy/access'
import { decide } from '@countersign/policy/engine'
import type { EntityUid } from '@countersign/policy/syntax'
import { isActionType } from '@countersign/policy/json'
import type { ExitName } from '#exit'
import { Failure } from '#failure'
import { printable } from '#paint'
import { didYouMean } from '#suggest'
import type { World } from '#world'
import { uidText } from './cedar-text.ts'
import { type Project, withProject, writeJson } from './project.ts'
import {
  asking,
  contextOf,
  contextOption,
  type Estate,
  type EstateRequest,
  loadEstate,
  strangerNotes,
  uidOption,
} from './question.ts'

export interface WhoCanRequest extends EstateRequest {
  readonly action: string | undefined
  readonly resource: string | undefined
  readonly context: string | undefined
  /** Types of principals, between commas. */
  readonly type: string | undefined
  readonly json: boolean
}

/** Prints everyone who may, one to a line. */
export async function whoCan(request: WhoCanRequest, world: World): Promise<ExitName> {
  return await withProject(world, request.json, async (project) => {
    const action = uidOption('action', request.action)
    const resource = uidOption('resource', request.resource)
    const context = await contextOption(request.context, project)
    const estate = await loadEstate(request, project)
    const { compiled, store, schema } = estate
    const declared = schema?.action(action)?.principals
    const types = chosenTypes(request.type, estate, declared)
    const query = { action, resource, context: contextOf(context) }
    project.progress.say(`asking for everyone of ${types.join(', ')}`)
    const allowed = asking(context, schema, () => [...whoMay(compiled, store, query, types)])
    const asked = types.reduce((sum, type) => sum + countOf(estate, type), 0)
    const notes = [
      ...strangerNotes({ resource }, estate),
      ...asking(context, schema, () =>
        errorNotes(estate, (principal) => ({ ...query, principal }), types),
      ),
    ]
    project.progress.clear()
    if (request.json) writeJson(world, { principals: allowed, asked, types, notes })
    else {
      for (const uid of allowed) world.stdout.write(`${uidText(uid)}\n`)
      const what = `${uidText(action)} on ${uidText(resource)}`
      tell(project, notes, `${allowed.length} of ${asked} may do ${what}`)
    }
    return 'ok'
  })
}

export interface WhatCanRequest extends EstateRequest {
  readonly principal: string | undefined
  readonly context: string | undefined
  readonly action: string | undefined
  /** Types of resources, between commas. */
  readonly type: string | undefined
  readonly json: boolean
}

/** Prints everything that one identity may do, one to a line. */
export async function whatCan(request: WhatCanRequest, world: World): Promise<ExitName> {
  return await withProject(world, request.json, async (project) => {
    const principal = uidOption('principal', request.principal)
    const only = request.action === undefined ? undefined : uidOption('action', request.action)
    const context = await contextOption(request.context, project)
    const estate = await loadEstate(request, project)
    const { compiled, store, schema } = estate
    const facts = { principal, context: contextOf(context) }
    const grants: { readonly action: EntityUid; readonly resource: EntityUid }[] = []
    for (const { action, principals, resources } of actionsOf(estate)) {
      if (only !== undefined && uidText(only) !== uidText(action)) continue
      if (principals !== undefined && !principals.has(principal.type)) continue
      project.progress.say(`asking about ${uidText(action)}`)
      const types = chosenTypes(request.type, estate, resources)
      grants.push(
        ...asking(context, schema, () => [...whatMay(compiled, store, facts, [action], types)]),
      )
    }
    project.progress.clear()
    const notes = strangerNotes({ principal }, estate)
    if (request.json) writeJson(world, { grants, notes })
    else {
      for (const { action, resource } of grants) {
        world.stdout.write(`${uidText(action)} on ${uidText(resource)}\n`)
      }
      tell(project, notes, `${uidText(principal)} may do ${grants.length} of what there is`)
    }
    return 'ok'
  })
}

export interface AskableAction {
  readonly action: EntityUid
  /** What it applies to, as far as a schema says. */
  readonly principals?: ReadonlySet<string>
  readonly resources?: ReadonlySet<string>
}

/** The actions of the schema; without one, those that the policies name. */
export function actionsOf({ schema, compiled, store }: Estate): AskableAction[] {
  if (schema !== undefined) {
    return [...schema.actions()]
      .filter(({ principals }) => principals.size > 0)
      .map(({ uid, principals, resources }) => ({ action: uid, principals, resources }))
  }
  const named = new Map<string, EntityUid>()
  const add = ({ type, id }: EntityUid): void => {
    named.set(uidText({ type, id }), { type, id })
  }
  for (const { policy } of compiled.policies) {
    if (policy.action.kind === 'equals') add(policy.action.entity)
    if (policy.action.kind === 'in') for (const each of policy.action.entities) add(each)
  }
  for (const entity of store) if (isActionType(entity.type)) add(entity)
  return [...named.values()].map((action) => ({ action }))
}

/** The types an option names, or those that the schema allows, or all that the entities have. */
export function chosenTypes(
  option: string | undefined,
  { store }: Pick<Estate, 'store'>,
  declared: ReadonlySet<string> | undefined,
): string[] {
  const present = new Set<string>()
  for (const { type } of store) if (!isActionType(type)) present.add(type)
  const known = [...(declared ?? present)]
  if (option === undefined) return known
  return option.split(',').map((part) => {
    const type = part.trim()
    if (known.includes(type)) return type
    throw new Failure(
      'usage',
      `there is no type \`${printable(type)}\` to ask about${didYouMean(type, known)}`,
      known.length === 0 ? 'name entities with `--entities`' : `known are ${known.join(', ')}`,
    )
  })
}

/** So many are asked again to see which policies could not be evaluated. */
const sampleMax = 500

function errorNotes(
  { compiled, store }: Estate,
  queryFor: (principal: EntityUid) => Parameters<typeof decide>[2],
  types: readonly string[],
): string[] {
  const messages = new Map<string, string>()
  for (const type of types) {
    let asked = 0
    for (const { id } of store.ofType(type)) {
      if (asked >= sampleMax) break
      asked += 1
      for (const { policy, message } of decide(compiled, store, queryFor({ type, id })).effective
        .errors) {
        if (!messages.has(policy)) messages.set(policy, message)
      }
    }
  }
  return [...messages].map(
    ([policy, message]) => `\`${policy}\` could not be evaluated for everyone: ${message}`,
  )
}

export function countOf({ store }: Pick<Estate, 'store'>, type: string): number {
  let count = 0
  for (const _ of store.ofType(type)) count += 1
  return count
}

function tell({ world }: Project, notes: readonly string[], summary: string): void {
  const { stderr } = world
  for (const note of notes) stderr.write(`${stderr.paint('careful', 'note')}: ${printable(note)}\n`)
  stderr.write(`${summary}\n`)
}
