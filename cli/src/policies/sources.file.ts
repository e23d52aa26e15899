// The files of a policy project: which there are, and what stands in them. Every count and size has
// a limit, and a limit that is passed has a name.
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'
import { Failure } from '#failure'
import { printable } from '#paint'
import { findingAt, Refused, type SourceFile } from './finding.ts'

export const limits = {
  filesMax: 10_000,
  foldersDeepMax: 32,
  policyFileMaxBytes: 16 * 1024 * 1024,
  dataFileMaxBytes: 256 * 1024 * 1024,
} as const

/** Paths by kind, as shown: relative to where the command runs, with `/`. */
export interface Found {
  readonly policies: readonly string[]
  readonly schemas: readonly string[]
  readonly entities: readonly string[]
  readonly tests: readonly string[]
}

export type FileKind = keyof Found

const kinds: readonly (readonly [FileKind, RegExp])[] = [
  ['policies', /\.cedar$/],
  ['schemas', /\.cedarschema(?:\.json)?$/],
  ['tests', /\.test\.(?:ya?ml|json)$/],
  ['entities', /(?:^|\/)entities\.json$/],
]

export class Sources {
  readonly #directory: string
  readonly #texts = new Map<string, string>()

  constructor(directory: string) {
    this.#directory = directory
  }

  /** The text of a file that was read. */
  textOf = (path: string): string | undefined => this.#texts.get(path)

  /** Makes a text that came from elsewhere, such as an option, known under a name. */
  remember(source: SourceFile): SourceFile {
    this.#texts.set(source.path, source.text)
    return source
  }

  /** Every file that was read, in the order of reading. */
  get paths(): readonly string[] {
    return [...this.#texts.keys()]
  }

  /** Reads a text. Throws `Failure` where there is none, `Refused` for what is not UTF-8. */
  async read(path: string, maxBytes: number = limits.dataFileMaxBytes): Promise<SourceFile> {
    const known = this.#texts.get(path)
    if (known !== undefined) return { path, text: known }
    const { size } = await this.#look(path)
    if (size > maxBytes) {
      throw new Refused([
        findingAt({ path, text: '' }, undefined, {
          code: 'source.too-big',
          message: `the file has ${size} bytes, more than ${maxBytes}`,
          help: 'split it into several files',
        }),
      ])
    }
    const bytes = await unlessMissing(path, readFile(resolve(this.#directory, path)))
    const text = decode(path, bytes)
    this.#texts.set(path, text)
    return { path, text }
  }

  async write(path: string, text: string): Promise<void> {
    await unlessMissing(path, writeFile(resolve(this.#directory, path), text))
  }

  /** A path written in a file, as seen from where the command runs. */
  beside(file: string, path: string): string {
    return this.#shown(resolve(this.#directory, dirname(file), path))
  }

  /**
   * The files that some paths name: a folder with all below it, and for a single file the schema,
   * the entities and the policies beside it, where none are named. Throws `Failure`.
   */
  async find(paths: readonly string[]): Promise<Found> {
    const found = new Finds()
    const folders = new Set<string>()
    for (const path of paths.length === 0 ? ['.'] : paths) {
      const shown = this.#shown(resolve(this.#directory, path))
      if ((await this.#look(path)).isFolder) await this.#walk(shown, found, 0)
      else {
        const kind = kindOf(shown) ?? (shown.endsWith('.json') ? 'entities' : undefined)
        if (kind === undefined) {
          throw new Failure(
            'usage',
            `\`${printable(path)}\` is no file that this command knows`,
            'name folders, `*.cedar`, `*.cedarschema`, `*.test.yaml` or a JSON file of entities',
          )
        }
        found.add(kind, shown)
        folders.add(dirname(shown))
      }
    }
    const missing = (['policies', 'schemas', 'entities'] as const).filter(
      (kind) => found.of(kind).length === 0,
    )
    for (const folder of folders) {
      for (const { name } of await this.#list(folder)) {
        const kind = missing.find((each) => each === kindOf(name))
        if (kind !== undefined) found.add(kind, this.#shown(resolve(this.#directory, folder, name)))
      }
    }
    return found.all()
  }

  async #walk(folder: string, found: Finds, depth: number): Promise<void> {
    if (depth > limits.foldersDeepMax) {
      throw new Failure(
        'usage',
        `\`${printable(folder)}\` lies more than ${limits.foldersDeepMax} folders deep`,
        'name the folders that hold policies',
      )
    }
    for (const { name, isFolder } of await this.#list(folder)) {
      const path = folder === '.' ? name : `${folder}/${name}`
      if (isFolder) {
        if (!name.startsWith('.') && name !== 'node_modules')
          await this.#walk(path, found, depth + 1)
      } else {
        const kind = kindOf(path)
        if (kind !== undefined) found.add(kind, path)
      }
    }
  }

  async #list(folder: string): Promise<{ readonly name: string; readonly isFolder: boolean }[]> {
    const entries = await unlessMissing(
      folder,
      readdir(resolve(this.#directory, folder), { withFileTypes: true }),
    )
    // A link to a folder is not followed: it may lead round in a circle.
    return entries
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
      .sort((left, right) => (left.name < right.name ? -1 : 1))
  }

  async #look(path: string): Promise<{ readonly size: number; readonly isFolder: boolean }> {
    const found = await unlessMissing(path, stat(resolve(this.#directory, path)))
    return { size: found.size, isFolder: found.isDirectory() }
  }

  #shown(absolute: string): string {
    const path = relative(this.#directory, absolute).split(sep).join('/')
    return path === '' ? '.' : path
  }
}

class Finds {
  readonly #paths: Record<FileKind, Set<string>> = {
    policies: new Set(),
    schemas: new Set(),
    entities: new Set(),
    tests: new Set(),
  }
  #count = 0

  add(kind: FileKind, path: string): void {
    this.#paths[kind].add(path)
    this.#count += 1
    if (this.#count > limits.filesMax) {
      throw new Failure(
        'usage',
        `there are more than ${limits.filesMax} files`,
        'name the folders that hold policies',
      )
    }
  }

  of(kind: FileKind): readonly string[] {
    return [...this.#paths[kind]]
  }

  all(): Found {
    return {
      policies: this.of('policies'),
      schemas: this.of('schemas'),
      entities: this.of('entities'),
      tests: this.of('tests'),
    }
  }
}

function kindOf(path: string): FileKind | undefined {
  return kinds.find(([, pattern]) => pattern.test(path))?.[0]
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const text = new TextDecoder().decode(bytes)
    throw new Refused([
      findingAt(
        { path, text },
        { offset: text.indexOf('\ufffd'), length: 1 },
        {
          code: 'source.encoding',
          message: 'this is not UTF-8',
          help: 'save the file as UTF-8',
        },
      ),
    ])
  }
}

const reasons: Readonly<Record<string, readonly [string, string]>> = {
  ENOENT: ['there is no', 'check the path'],
  ENOTDIR: ['there is no', 'check the path'],
  EISDIR: ['there is a folder where a file is needed:', 'name a file'],
  EACCES: ['nobody let this user open', 'change its permissions'],
  EPERM: ['nobody let this user open', 'change its permissions'],
}

async function unlessMissing<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const [text, remedy] = reasons[code] ?? []
    if (text === undefined) throw error
    throw new Failure('notFound', `${text} \`${printable(path)}\``, remedy)
  }
}
