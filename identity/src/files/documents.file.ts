// JSON documents of one source: a file, a folder of files, or a zip of them. Everything is bounded,
// and what a zip says about itself is believed only as an upper limit.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { unzipSync, type UnzipFileInfo } from 'fflate'
import { SourceError } from '#source-error'

/** A parsed document. */
export interface SourceDocument {
  /** Name of the file, for messages. */
  readonly name: string
  readonly content: unknown
}

const documentsMax = 1_000
const documentMaxBytes = 480 * 1024 * 1024
const totalMaxBytes = 2 * 1024 * 1024 * 1024

/** The documents of a folder, in the order of their names. */
export async function documentsOfFolder(folder: string): Promise<readonly SourceDocument[]> {
  const found = await readdir(folder, { withFileTypes: true })
  const names = found
    .filter((it) => it.isFile() && /\.(?:json|ndjson|jsonl)$/i.test(it.name))
    .map((it) => it.name)
    .toSorted()
  if (names.length === 0) {
    throw new SourceError(folder, 'there is no JSON file in this folder', 'name the right folder')
  }
  if (names.length > documentsMax) {
    throw new SourceError(folder, `there are more than ${documentsMax} files`, 'split the folder')
  }
  const documents: SourceDocument[] = []
  for (const name of names) documents.push(await documentOfFile(join(folder, name)))
  return documents
}

/** One document. */
export async function documentOfFile(path: string): Promise<SourceDocument> {
  if ((await stat(path)).size > documentMaxBytes) {
    throw new SourceError(path, `the file is larger than ${documentMaxBytes} bytes`, 'split it')
  }
  return parsed(path, await readFile(path))
}

/** The documents of a zip. Nothing is written to disk, so a name in it can lead nowhere. */
export async function documentsOfZip(path: string): Promise<readonly SourceDocument[]> {
  if ((await stat(path)).size > documentMaxBytes) {
    throw new SourceError(path, `the zip is larger than ${documentMaxBytes} bytes`, 'split it')
  }
  const names = new Set<string>()
  let totalBytes = 0
  const admit = ({ name, originalSize }: UnzipFileInfo): boolean => {
    if (/(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[a-z]:/i.test(name)) {
      throw new SourceError(path, 'a name in the zip leads out of it', 'make the zip again')
    }
    if (names.has(name)) {
      throw new SourceError(path, 'a name occurs twice in the zip', 'make the zip again')
    }
    names.add(name)
    if (!/\.json$/i.test(name)) return false
    totalBytes += originalSize
    if (
      names.size > documentsMax ||
      originalSize > documentMaxBytes ||
      totalBytes > totalMaxBytes
    ) {
      throw new SourceError(path, 'the zip unpacks to more than is read', 'split it')
    }
    return true
  }
  try {
    const files = unzipSync(await readFile(path), { filter: admit })
    return Object.entries(files).map(([name, octets]) => parsed(`${path}, ${name}`, octets))
  } catch (error) {
    if (error instanceof SourceError) throw error
    throw new SourceError(path, 'this is no whole zip', 'make the zip again', { cause: error })
  }
}

function parsed(name: string, octets: Uint8Array): SourceDocument {
  const wide = (octets[0] === 0xff && octets[1] === 0xfe) || (octets[0] !== 0 && octets[1] === 0)
  const text = new TextDecoder(wide ? 'utf-16le' : 'utf-8').decode(octets)
  const whole = json(text)
  if (whole !== undefined) return { name, content: whole }
  const content: unknown[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const item = json(line)
    if (item === undefined) {
      const where = index === 0 ? name : `${name}, line ${index + 1}`
      throw new SourceError(where, 'this is no whole JSON', 'export the file again')
    }
    content.push(item)
  }
  return { name, content }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
