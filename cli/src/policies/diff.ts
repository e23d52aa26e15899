// `countersign policies diff`: what a change of policies changes. First the policies themselves,
// then, over the entities, who gains what and who loses what.
import { type AccessChange, compareAccess } from '@countersign/policy/access'
import type { ExitName } from '#exit'
import type { World } from '#world'
import { uidText } from './cedar-text.ts'
import { diffMarkdown, diffPage } from './diff-page.ts'
import { comparePolicies, type PolicyChange } from './policy-changes.ts'
import { compiledSet, refuseNone, usableSchema } from './policy-set.ts'
import { type Project, theOne, withProject, writeJson } from './project.ts'
import { asking, contextOf, contextOption, type Estate, loadStore, uidOption } from './question.ts'
import { type AskableAction, actionsOf, chosenTypes, countOf } from './who-can.ts'

export interface DiffRequest {
  readonly before: string
  readonly after: string
  readonly schema: string | undefined
  readonly entities: string | undefined
  readonly principalType: string | undefined
  readonly resourceType: string | undefined
  readonly action: string | undefined
  readonly context: string | undefined
  readonly json: boolean
  readonly markdown: boolean
  readonly exitCode: boolean
}

export interface Difference {
  readonly policies: readonly PolicyChange[]
  readonly access: readonly AccessChange[]
  /** How many questions the comparison covers; 0 where there were no entities. */
  readonly questions: number
  readonly isCutShort: boolean
  readonly hasEntities: boolean
}

/** More than anyone reads; the comparison then stops and says so. */
const changesMax = 100_000

/** Prints the difference. `differs` when there is one and that was asked for. */
export async function diff(request: DiffRequest, world: World): Promise<ExitName> {
  return await withProject(world, request.json, async (project) => {
    const difference = await compare(request, project)
    if (request.json) writeJson(world, difference)
    else if (request.markdown) world.stdout.write(diffMarkdown(difference))
    else world.stdout.write(diffPage(difference, world.stdout.paint))
    const differs = difference.policies.length > 0 || difference.access.length > 0
    return request.exitCode && differs ? 'differs' : 'ok'
  })
}

async function compare(request: DiffRequest, project: Project): Promise<Difference> {
  const { sources } = project
  const [before, after] = [
    await sources.find([request.before]),
    await sources.find([request.after]),
  ]
  refuseNone(before.policies, [request.before])
  refuseNone(after.policies, [request.after])
  const old = await compiledSet(before.policies, project)
  const fresh = await compiledSet(after.policies, project)
  const context = await contextOption(request.context, project)
  const schemaPath =
    theOne('schema', request.schema, after.schemas) ?? theOne('schema', undefined, before.schemas)
  const entitiesPath =
    theOne('entities', request.entities, after.entities) ??
    theOne('entities', undefined, before.entities)
  const schema = await usableSchema(schemaPath, project)
  const store = await loadStore(entitiesPath, schema, project)
  const hasEntities = entitiesPath !== undefined
  const policies = comparePolicies(
    old.policies.map(({ policy }) => policy.syntax),
    fresh.policies.map(({ policy }) => policy.syntax),
  )
  const access: AccessChange[] = []
  let questions = 0
  // Without a schema the old policies may name actions that the new ones do not.
  for (const asked of allActions([
    { compiled: old, store, schema, hasEntities },
    { compiled: fresh, store, schema, hasEntities },
  ])) {
    if (
      request.action !== undefined &&
      uidText(uidOption('action', request.action)) !== uidText(asked.action)
    )
      continue
    const matrix = {
      principalTypes: chosenTypes(request.principalType, { store }, asked.principals),
      resourceTypes: chosenTypes(request.resourceType, { store }, asked.resources),
      actions: [asked.action],
      context: contextOf(context),
    }
    questions += total(matrix.principalTypes, store) * total(matrix.resourceTypes, store)
    project.progress.say(`comparing ${uidText(asked.action)}, ${access.length} differences so far`)
    asking(context, schema, () => {
      for (const change of compareAccess(old, fresh, store, matrix)) {
        if (access.length >= changesMax) break
        access.push(change)
      }
    })
  }
  project.progress.clear()
  return { policies, access, questions, hasEntities, isCutShort: access.length >= changesMax }
}

function allActions(estates: readonly Estate[]): AskableAction[] {
  const all = estates.flatMap((estate) => actionsOf(estate))
  return [...new Map(all.map((each) => [uidText(each.action), each])).values()]
}

function total(types: readonly string[], store: Estate['store']): number {
  return types.reduce((sum, type) => sum + countOf({ store }, type), 0)
}
