// The `countersign` command of a person, with a home of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Running {
  readonly process: ChildProcess
  /** Everything it said so far. */
  readonly out: () => string
  readonly errors: () => string
  /** Resolves once this was said, on either side; rejects where it ends without. */
  said(text: string | RegExp): Promise<string>
  /** The exit code. */
  readonly exited: Promise<number | null>
}

export interface Home extends AsyncDisposable {
  /** Where `countersign connect` keeps its tokens. */
  readonly signIns: string
  /** A command line that a shell understands. */
  line(...words: readonly string[]): string
  countersign(...words: readonly string[]): Running
  run(program: string, words: readonly string[]): Running
}

const main = join(import.meta.dirname, '../cli/src/main.ts')

/** A home whose console is there. */
export async function newHome(consoleUrl: string): Promise<Home> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-home-'))
  const environment = {
    ...process.env,
    XDG_CONFIG_HOME: directory,
    COUNTERSIGN_PUBLIC_URL: consoleUrl,
    NODE_OPTIONS: '',
  }
  const started: Running[] = []
  const run: Home['run'] = (program, words) => {
    const running = watch(spawn(program, words, { env: environment, stdio: 'pipe' }))
    started.push(running)
    return running
  }
  return {
    signIns: join(directory, 'countersign', 'sign-ins.json'),
    line: (...words) => [process.execPath, main, ...words].join(' '),
    countersign: (...words) => run(process.execPath, [main, ...words]),
    run,
    async [Symbol.asyncDispose]() {
      for (const { process: it } of started) it.kill('SIGKILL')
      await Promise.allSettled(started.map(({ exited }) => exited))
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function watch(child: ChildProcess): Running {
  const heard = { out: '', errors: '' }
  let isOver = false
  const listeners = new Set<() => void>()
  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  child.stdout?.on('data', (chunk: Buffer) => {
    heard.out += chunk.toString()
    tell()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    heard.errors += chunk.toString()
    tell()
  })
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      isOver = true
      tell()
      resolve(code)
    })
  })
  return {
    process: child,
    out: () => heard.out,
    errors: () => heard.errors,
    exited,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const all = heard.out + heard.errors
          const found = typeof text === 'string' ? all.includes(text) : text.test(all)
          if (found) {
            listeners.delete(look)
            resolve(all)
          } else if (isOver) reject(new Error(`it ended without saying ${String(text)}:\n${all}`))
        }
        listeners.add(look)
        look()
      }),
  }
}
