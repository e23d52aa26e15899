// `countersign policies format`: policies in the official layout. Nothing but white space may
// change, so a file whose comments would not all survive is left as it is.
import { tokenize } from '@countersign/policy/lexer'
import type { ExitName } from '#exit'
import { printable } from '#paint'
import type { World } from '#world'
import { lostComment } from './comments.ts'
import { type Finding, findingAt, plural, Refused, type SourceFile } from './finding.ts'
import { refuseNone } from './policy-set.ts'
import { type Project, withProject, writeJson } from './project.ts'
import { limits } from './sources.file.ts'

export interface FormatRequest {
  readonly paths: readonly string[]
  readonly write: boolean
  readonly check: boolean
  readonly json: boolean
}

interface Formatted {
  readonly source: SourceFile
  readonly text: string
}

/** Prints or writes the files; with `check`, only names those that differ. */
export async function format(request: FormatRequest, world: World): Promise<ExitName> {
  return await withProject(world, request.json, async (project) => {
    const { policies } = await project.sources.find(request.paths)
    refuseNone(policies, request.paths)
    const all: Formatted[] = []
    const findings: Finding[] = []
    for (const path of policies) {
      project.progress.say(`reading ${path}`)
      const source = await project.sources.read(path, limits.policyFileMaxBytes)
      const formatted = await formatOne(source, project)
      if (typeof formatted === 'string') all.push({ source, text: formatted })
      else findings.push(...formatted)
    }
    project.progress.clear()
    if (findings.length > 0) throw new Refused(findings)
    const different = all.filter(({ source, text }) => source.text !== text)
    if (request.write && !request.check) {
      for (const { source, text } of different) await project.sources.write(source.path, text)
    }
    show(request, all, different, world)
    return request.check && different.length > 0 ? 'findings' : 'ok'
  })
}

async function formatOne(source: SourceFile, { authoring }: Project): Promise<string | Finding[]> {
  // The official formatter gives nothing for a file that holds only comments.
  if (tokenize(source.text).length === 0) return source.text
  const { text, diagnostics } = await authoring.format(source.text, source.path)
  if (text === undefined) return diagnostics
  const lost = lostComment(source.text, text)
  if (lost === undefined) return text
  return [
    findingAt(source, lost, {
      code: 'format.comment',
      message: 'the official formatter would lose this comment, so the file is left as it is',
      help: 'put the comment on a line of its own, before a policy or a condition',
    }),
  ]
}

function show(
  { write, check, json }: FormatRequest,
  all: readonly Formatted[],
  different: readonly Formatted[],
  world: World,
): void {
  const { paint } = world.stderr
  const paths = different.map(({ source }) => source.path)
  if (json) {
    const written = write && !check
    writeJson(world, {
      files: all.map(({ source, text }) => ({
        file: source.path,
        differs: source.text !== text,
        ...(check || written ? {} : { text }),
      })),
    })
  } else if (check || write) {
    const done = check ? 'would be written differently' : 'written'
    for (const path of paths) world.stdout.write(`${printable(path)}\n`)
    const summary = `${plural(paths.length, 'file')} of ${all.length} ${done}`
    const next = check && paths.length > 0 ? '; `countersign policies format --write` does it' : ''
    world.stderr.write(`${paint(check && paths.length > 0 ? 'careful' : 'good', summary)}${next}\n`)
  } else {
    for (const { source, text } of all) {
      const head = all.length > 1 ? `// ${printable(source.path)}\n` : ''
      world.stdout.write(`${head}${text}`)
    }
  }
}
