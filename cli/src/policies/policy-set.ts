// The policies of some files as one set, in file order, with the schema they are meant for.
import type { PolicySyntax, TemplateSyntax } from '@countersign/policy/syntax'
import { compilePolicies, type CompiledPolicies } from '@countersign/policy/engine'
import { readPolicy, UnsupportedPolicy } from '@countersign/policy/ast'
import { DataError } from '@countersign/policy/json'
import { readSchema, type Schema } from '@countersign/policy/schema'
import { Failure } from '#failure'
import { printable } from '#paint'
import { type Finding, findingAt, hasErrors, refuseErrors, type SourceFile } from './finding.ts'
import type { Project } from './project.ts'
import { limits } from './sources.file.ts'

export interface PolicySet {
  readonly policies: readonly PolicySyntax[]
  readonly templates: readonly TemplateSyntax[]
  readonly findings: readonly Finding[]
}

export interface LoadedSchema {
  readonly source: SourceFile
  /** Absent when the schema has errors. */
  readonly schema?: Schema
  readonly findings: readonly Finding[]
}

/** Reads a schema. Throws `Failure` and `Refused` for a file that cannot be read. */
export async function loadSchema(path: string, project: Project): Promise<LoadedSchema> {
  const source = await project.sources.read(path, limits.policyFileMaxBytes)
  const { schema, diagnostics } = await project.authoring.parseSchema(source.text, source.path)
  if (schema === undefined) return { source, findings: diagnostics.map(helped) }
  try {
    return { source, schema: readSchema(schema), findings: diagnostics }
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    const what = { code: 'schema.form', message: error.message, help: 'correct the schema' }
    return { source, findings: [...diagnostics, findingAt(source, undefined, what)] }
  }
}

/**
 * Reads policies; each keeps its `@id`, or is called after its file and place: `mail.cedar:policy2`.
 * With a schema they are validated against it, strictly. Errors are findings.
 */
export async function loadPolicies(
  paths: readonly string[],
  project: Project,
  schema?: string,
): Promise<PolicySet> {
  const policies: PolicySyntax[] = []
  const templates: TemplateSyntax[] = []
  const findings: Finding[] = []
  for (const [index, path] of paths.entries()) {
    project.progress.say(`reading ${path} (${index + 1} of ${paths.length})`)
    const { text } = await project.sources.read(path, limits.policyFileMaxBytes)
    const options = schema === undefined ? { file: path } : { file: path, schema }
    const parsed = await project.authoring.parsePolicies(text, options)
    policies.push(...parsed.policies.map(named))
    templates.push(...parsed.templates.map(named))
    findings.push(...parsed.diagnostics.map(helped))
  }
  project.progress.clear()
  findings.push(...sameIds([...policies, ...templates], project), ...policies.flatMap(unsupported))
  return { policies, templates, findings }
}

/** A set that can be asked: without errors, and not empty. Throws `Refused` and `Failure`. */
export async function compiledSet(
  paths: readonly string[],
  project: Project,
): Promise<CompiledPolicies> {
  const { policies, findings } = await loadPolicies(paths, project)
  refuseErrors(findings)
  return compilePolicies(policies)
}

/** A schema that can be used, where one is given. Throws `Refused`. */
export async function usableSchema(
  path: string | undefined,
  project: Project,
): Promise<Schema | undefined> {
  if (path === undefined) return undefined
  const { schema, findings } = await loadSchema(path, project)
  refuseErrors(findings)
  return schema
}

/** Throws `Failure` when there is no file of policies among those that were looked for. */
export function refuseNone(found: readonly string[], paths: readonly string[]): void {
  if (found.length > 0) return
  const where = (paths.length === 0 ? ['.'] : paths).map((path) => `\`${printable(path)}\``)
  throw new Failure(
    'notFound',
    `there are no policies in ${where.join(', ')}`,
    'name files `*.cedar`, or folders that hold some',
  )
}

/** What to do about what the official engine only complains of. */
const helps: Readonly<Record<string, string>> = {
  'policy.syntax': 'look at what stands just before this place',
  'policy.type': 'correct the policy, or the schema',
  'policy.warning': 'correct the policy, or remove it',
  'schema.syntax': 'correct the schema',
}

function helped(finding: Finding): Finding {
  const help = finding.help ?? helps[finding.code]
  return help === undefined ? finding : { ...finding, help }
}

function named<T extends PolicySyntax | TemplateSyntax>(policy: T): T {
  const { annotations, id, file } = policy
  if ((annotations['id'] ?? '') !== '' || file === undefined) return policy
  // Without its folders, so that the name does not depend on where the command runs.
  const base = file.slice(file.lastIndexOf('/') + 1)
  return { ...policy, id: `${base}:${id.slice(id.lastIndexOf('policy'))}` }
}

function sameIds(
  policies: readonly (PolicySyntax | TemplateSyntax)[],
  { sources }: Project,
): Finding[] {
  const first = new Map<string, PolicySyntax | TemplateSyntax>()
  return policies.flatMap((policy) => {
    const { id, file = '', span } = policy
    const before = first.get(id)
    if (before === undefined) first.set(id, policy)
    // Within one file the parser has said so already.
    if (before === undefined || before.file === file) return []
    const place = `${before.file}:${before.span.line}`
    return findingAt({ path: file, text: sources.textOf(file) ?? '' }, span, {
      code: 'policy.duplicate-id',
      message: `another policy has the id \`${id}\`, at ${place}`,
      help: 'give each policy its own `@id`',
    })
  })
}

function unsupported(policy: PolicySyntax): Finding[] {
  try {
    readPolicy(policy)
    return []
  } catch (error) {
    if (!(error instanceof UnsupportedPolicy)) throw error
    const { file, span } = policy
    return [
      {
        severity: 'error',
        code: 'policy.unsupported',
        message: error.message,
        help: 'write it without what this engine refuses',
        span,
        ...(file === undefined ? {} : { file }),
      },
    ]
  }
}

/** The findings of a schema, and whether policies can be validated against it. */
export function isUsable({ schema, findings }: LoadedSchema): boolean {
  return schema !== undefined && !hasErrors(findings)
}
