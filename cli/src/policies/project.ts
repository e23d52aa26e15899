// One run of a policy command: the files it reads, the official parser, and what becomes of
// findings. Whatever is wrong with the files ends in findings with a place, never in a stack trace.
import { Authoring } from '@countersign/authoring/authoring'
import { stringifyJson } from '@countersign/policy/lossless-json'
import type { ExitName } from '#exit'
import { Failure } from '#failure'
import type { World } from '#world'
import { countText, type Finding, inOrder, Refused } from './finding.ts'
import { findingLines } from './finding-lines.ts'
import { Progress } from './progress.ts'
import { Sources } from './sources.file.ts'

export interface Project {
  readonly world: World
  readonly sources: Sources
  readonly authoring: Authoring
  readonly progress: Progress
}

/** Does the work; findings that refuse it are shown, in JSON where that was asked for. */
export async function withProject(
  world: World,
  json: boolean,
  work: (project: Project) => Promise<ExitName>,
): Promise<ExitName> {
  const sources = new Sources(world.directory)
  const authoring = new Authoring()
  const progress = new Progress(world.stderr)
  try {
    return await work({ world, sources, authoring, progress })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    progress.clear()
    const findings = inOrder(error.findings, sources.paths)
    if (json) writeJson(world, { findings: findings.map(findingJson) })
    else {
      const { paint } = world.stderr
      const blocks = findings.map((each) => findingLines(each, sources.textOf, paint).join('\n'))
      world.stderr.write(`${blocks.join('\n\n')}\n\n${countText(findings)}\n`)
    }
    return 'findings'
  } finally {
    progress.clear()
    await authoring.close()
  }
}

/** One value as an answer in JSON; integers keep their digits. */
export function writeJson(world: World, value: object): void {
  world.stdout.write(`${stringifyJson(value, 2)}\n`)
}

/** A finding as a machine reads it. Lines and columns start at 1, columns count UTF-16 units. */
export function findingJson({ span, ...rest }: Finding): object {
  return { ...rest, ...span }
}

/** The one file of its kind, or the one that an option names. */
export function theOne(
  option: string,
  given: string | undefined,
  found: readonly string[],
): string | undefined {
  if (given !== undefined) return given
  if (found.length <= 1) return found[0]
  throw new Failure(
    'usage',
    `there are several files to choose from: ${found.map((path) => `\`${path}\``).join(', ')}`,
    `choose one with \`--${option} <file>\``,
  )
}
