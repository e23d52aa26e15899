// One `countersign up` per data directory. The claim is a socket that we listen on: the kernel lets
// go of it when we die, however we die, and whoever comes second can ask who was first.
import { createConnection, createServer } from 'node:net'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { shortestPath } from '#control.client'
import { Failure } from '#failure'

export interface Claim {
  /** Lets go of the data directory. */
  release(): Promise<void>
}

const answerTimeoutMs = 2_000

/**
 * Claims a data directory, which is made if it does not exist.
 * @throws Failure `inUse` where somebody else has it, or `usage` where it cannot be used.
 */
export async function claimDataDir(dataDir: string): Promise<Claim> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw unusable(dataDir, error)
  }
  const path = shortestPath(join(dataDir, 'up.sock'))
  const holder = await holderOf(path)
  if (holder !== undefined) {
    throw new Failure(
      'inUse',
      `\`countersign up\` runs already for \`${dataDir}\`, as process ${holder}`,
      'stop that one first, or choose another directory with `--data-dir`',
    )
  }
  // Nobody listens: the file is what a killed process left behind.
  await rm(path, { force: true })
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end(`${process.pid}\n`)
  })
  await new Promise<void>((resolve, reject) => {
    server.on('error', (error) => {
      reject(unusable(dataDir, error))
    })
    server.listen(path, () => {
      resolve()
    })
  })
  server.unref()
  return {
    release: async () => {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The process id of whoever holds the claim, as it says. */
async function holderOf(path: string): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const socket = createConnection(path)
    let said = ''
    socket.setEncoding('utf8')
    socket.setTimeout(answerTimeoutMs, () => {
      socket.destroy()
      resolve('unknown')
    })
    socket.on('data', (text: string) => {
      said += text
    })
    socket.on('end', () => {
      resolve(/^\d{1,10}$/.exec(said.trim())?.[0] ?? 'unknown')
    })
    socket.on('error', () => {
      resolve(undefined)
    })
  })
}

function unusable(dataDir: string, error: unknown): Failure {
  const why = error instanceof Error ? error.message : String(error)
  return new Failure(
    'usage',
    `the data directory \`${dataDir}\` cannot be used: ${why}`,
    'name one that this user may write to with `--data-dir`',
  )
}
