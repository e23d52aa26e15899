// `countersign policies check`: everything that can be known about policies, their schema and their
// entities without asking a question.
import { lintPolicies } from '@countersign/authoring/lint'
import type { ExitName } from '#exit'
import { printable } from '#paint'
import type { World } from '#world'
import { readDocument } from './document.ts'
import { entityList, loadEntities } from './entities.ts'
import { countText, type Finding, hasErrors, inOrder, plural, Refused } from './finding.ts'
import { findingLines } from './finding-lines.ts'
import { misspeltNames } from './names.ts'
import { isUsable, loadPolicies, loadSchema, refuseNone } from './policy-set.ts'
import { findingJson, type Project, theOne, withProject, writeJson } from './project.ts'
import { sarifLog } from './sarif.ts'

export interface CheckRequest {
  readonly paths: readonly string[]
  readonly schema: string | undefined
  readonly entities: string | undefined
  readonly advice: boolean
  readonly denyWarnings: boolean
  readonly sarif: string | undefined
  readonly json: boolean
}

interface Checked {
  readonly findings: readonly Finding[]
  readonly policies: number
  readonly templates: number
  readonly files: number
  readonly entities: number
  readonly schema: string | undefined
  readonly isValidated: boolean
}

/** Prints what it finds. `findings` when there is an error, or a warning that counts as one. */
export async function check(request: CheckRequest, world: World): Promise<ExitName> {
  return await withProject(world, request.json, async (project) => {
    const checked = await checkAll(request, project)
    const { findings } = checked
    if (request.sarif !== undefined) {
      await project.sources.write(
        request.sarif,
        `${JSON.stringify(sarifLog(findings), undefined, 2)}\n`,
      )
    }
    if (request.json) {
      const { files, policies, templates, entities, schema = null, isValidated } = checked
      const counted = { files, policies, templates, entities, schema, isValidated }
      writeJson(world, { findings: findings.map(findingJson), ...counted })
    } else world.stdout.write(page(checked, request, project))
    const isWarned = findings.some(({ severity }) => severity === 'warning')
    return hasErrors(findings) || (request.denyWarnings && isWarned) ? 'findings' : 'ok'
  })
}

async function checkAll(request: CheckRequest, project: Project): Promise<Checked> {
  const found = await project.sources.find(request.paths)
  const schemaPath = theOne('schema', request.schema, found.schemas)
  if (schemaPath === undefined && found.entities.length === 0)
    refuseNone(found.policies, request.paths)
  const loaded = schemaPath === undefined ? undefined : await loadSchema(schemaPath, project)
  const findings: Finding[] = [...(loaded?.findings ?? [])]
  const validated = loaded !== undefined && isUsable(loaded) ? loaded.source.text : undefined
  const set = await loadPolicies(found.policies, project, validated)
  findings.push(...set.findings)
  // The lints look at the set as a whole, and half of a set says nothing.
  if (!hasErrors(set.findings))
    findings.push(...lintPolicies(set.policies, { now: project.world.clock.now() }))
  const entityPaths = request.entities === undefined ? found.entities : [request.entities]
  let entities = 0
  for (const path of entityPaths) {
    project.progress.say(`reading ${path}`)
    try {
      const list = entityList(readDocument(await project.sources.read(path)))
      const read = loadEntities([list], loaded?.schema)
      entities += read.count
      findings.push(...read.findings)
      if (!hasErrors(findings)) {
        findings.push(...misspeltNames(set.policies, [list], read.store, project.sources.textOf))
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      findings.push(...error.findings)
    }
  }
  return {
    findings: inOrder(findings, project.sources.paths),
    policies: set.policies.length,
    templates: set.templates.length,
    files: found.policies.length,
    entities,
    schema: schemaPath,
    isValidated: validated !== undefined,
  }
}

const brokenSchema = 'The schema has errors, so nothing was validated against it.'
const noSchema =
  'No schema was given, so nothing was validated: a misspelt attribute, a type that does not exist or a comparison of a text with a number would only show when the policy fails to apply. Put a `*.cedarschema` beside the policies, or name one with `--schema`.'

function page(checked: Checked, { advice }: CheckRequest, { world, sources }: Project): string {
  const { paint } = world.stdout
  const { findings, policies, templates, files, entities, schema, isValidated } = checked
  const shown = findings.filter(({ severity }) => advice || severity !== 'advice')
  const and = templates === 0 ? '' : ` and ${plural(templates, 'template')}`
  const counted = `${plural(policies, 'policy')}${and} in ${plural(files, 'file')}`
  const against =
    schema !== undefined && isValidated ? `against ${printable(schema)}` : 'without a schema'
  const known =
    entities === 0 ? '' : `, and ${entities === 1 ? '1 entity' : `${entities} entities`}`
  const tone = hasErrors(findings) ? 'bad' : findings.length > 0 ? 'careful' : 'good'
  return [
    ...shown.flatMap((finding) => [...findingLines(finding, sources.textOf, paint), '']),
    ...(isValidated
      ? []
      : [`${paint('careful', 'note')}: ${schema === undefined ? noSchema : brokenSchema}`, '']),
    `${counted}${known}, checked ${against}: ${paint(tone, countText(findings))}`,
    ...(shown.length < findings.length ? ['`--advice` shows the advice.'] : []),
    '',
  ].join('\n')
}
