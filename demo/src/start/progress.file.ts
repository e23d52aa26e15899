// How far the first start has come, so that the next one goes on from there, also after all
// programs were killed. It is written after what it tells of was acknowledged; whatever is then
// done twice changes nothing, because documents and decisions keep their ids.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface Progress {
  /** Raised when what is generated changes, so that an old demonstration is filled anew. */
  readonly version: number
  readonly seed: string
  /** The moment the organisation is as of, in milliseconds since the epoch. */
  readonly now: number
  /** Where applications were said to be; absent until the organisation was imported. */
  readonly upstream?: string
  readonly isReleased: boolean
  /** How many recorded decisions were imported, and whether that is all of them. */
  readonly decisions: number
  readonly isComplete: boolean
}

export const progressVersion = 1

/** Reads the progress; undefined where there is none, or none that this version can go on from. */
export async function readProgress(path: string): Promise<Progress | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  return parseProgress(text)
}

/** Writes the progress in one step: after a crash either the old or the new is there. */
export async function writeProgress(path: string, progress: Progress): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(`${path}.next`, `${JSON.stringify(progress, null, 2)}\n`, { flush: true })
  await rename(`${path}.next`, path)
}

/** The progress a text tells of; undefined where it is damaged or of another version. */
export function parseProgress(text: string): Progress | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { version, seed, now, upstream, isReleased, decisions, isComplete } = {
    ...value,
  } as Readonly<Record<string, unknown>>
  const fits =
    version === progressVersion &&
    typeof seed === 'string' &&
    typeof now === 'number' &&
    Number.isSafeInteger(now) &&
    (upstream === undefined || typeof upstream === 'string') &&
    typeof isReleased === 'boolean' &&
    typeof decisions === 'number' &&
    Number.isSafeInteger(decisions) &&
    typeof isComplete === 'boolean'
  if (!fits) return undefined
  const optional = upstream === undefined ? {} : { upstream }
  return { version, seed, now, ...optional, isReleased, decisions, isComplete }
}
