// The console is built where it is needed: a clone holds its sources only. It is built beside and
// moved into place, so that a build that breaks off leaves no half console behind.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Report } from './progress.ts'

interface ConsolePlace {
  /** The folder that holds the programs. */
  readonly home: string
  /** Where the built console is expected. */
  readonly directory: string
  /** Whether the place is our default. A place that somebody chose is theirs to fill. */
  readonly ours: boolean
}

const outputMaxCharacters = 4_000

/** Makes sure that there is a built console, and one that is as new as its sources. */
export async function provideConsole(
  { home, directory, ours }: ConsolePlace,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const tell = (state: 'building' | 'ready' | 'warning', text: string): void => {
    report({ event: 'progress', program: 'console', state, text })
  }
  const builtAt = await modifiedAt(join(directory, 'index.html'))
  const sources = join(home, 'console')
  if (!ours || !existsSync(join(sources, 'index.html'))) {
    if (builtAt === 0)
      tell(
        'warning',
        `there is no built console in \`${directory}\`: build it, or correct COUNTERSIGN_CONSOLE_DIR`,
      )
    return
  }
  // The console is bundled with the contract, and refuses answers of another shape than its own.
  const parts = [join(sources, 'src'), join(home, 'contract', 'src')].filter((part) =>
    existsSync(part),
  )
  const newest = Math.max(...(await Promise.all(parts.map(newestIn))))
  if (builtAt !== 0 && builtAt >= newest) return

  const vite = viteOf(sources)
  if (vite === undefined) {
    tell(
      'warning',
      'the console is not built, and vite is not installed: run `npm ci`, then start again',
    )
    return
  }
  tell('building', 'the console is built, which takes a moment the first time')
  const fresh = join(sources, 'node_modules', `.dist-${process.pid}`)
  try {
    const failed = await build(vite, sources, fresh, signal)
    if (signal.aborted) return
    if (failed !== undefined) {
      tell('warning', `the console could not be built:\n${failed}`)
      return
    }
    await rm(directory, { recursive: true, force: true })
    await rename(fresh, directory)
    tell('ready', 'the console is built')
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

/** Runs the build. Answers what it said where it failed. */
async function build(
  vite: string,
  sources: string,
  target: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const child = spawn(process.execPath, [vite, 'build', '--outDir', target, '--emptyOutDir'], {
    cwd: sources,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = (): void => {
    child.kill('SIGKILL')
  }
  signal.addEventListener('abort', stop)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-outputMaxCharacters)
    })
  }
  try {
    await once(child, 'close')
    return child.exitCode === 0 ? undefined : said
  } catch (error) {
    return String(error)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function viteOf(sources: string): string | undefined {
  try {
    const manifest = createRequire(join(sources, 'package.json')).resolve('vite/package.json')
    const program = join(dirname(manifest), 'bin', 'vite.js')
    return existsSync(program) ? program : undefined
  } catch {
    return undefined
  }
}

async function newestIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const times = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => modifiedAt(join(entry.parentPath, entry.name))),
  )
  return Math.max(0, ...times)
}

/** Milliseconds since the epoch; 0 where there is no such file. */
async function modifiedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs
  } catch {
    return 0
  }
}
