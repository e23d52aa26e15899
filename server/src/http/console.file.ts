// The console's files, as Vite built them.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

export interface ConsoleFiles {
  readonly root: string
  /** Whether the console was built when the server started. */
  readonly isBuilt: boolean
  /** The one page that routes every address of the console; undefined while it is not built. */
  readonly readPage: () => Promise<Buffer | undefined>
}

/** The console in a directory, which need not exist. */
export function consoleFiles(directory: string): ConsoleFiles {
  const root = resolve(directory)
  return {
    root,
    isBuilt: existsSync(root),
    readPage: () => readFile(join(root, 'index.html')).catch(() => undefined),
  }
}
