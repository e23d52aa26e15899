// The server as a process of its own, as an operator starts it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { automationApi, type ImportLine } from '@countersign/contract/api/automation'
import { identityApi } from '@countersign/contract/api/identity'
import { controlSocketName } from '#http/listen'
import { fillWithEmptyStore } from '#store/stores.fake'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const askAgainMs = 50
const startMaxMs = 60_000

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
  readonly stdout: string
}

/** One run of the server's program. */
export class ServerProcess {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  readonly #dataDir: string

  constructor(dataDir: string, environment: Readonly<Record<string, string>> = {}) {
    this.#dataDir = dataDir
    this.#child = spawn(process.execPath, [main], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        COUNTERSIGN_DATA_DIR: dataDir,
        COUNTERSIGN_SERVER_LISTEN: '127.0.0.1:0',
        ...environment,
      },
    })
    let stdout = ''
    let stderr = ''
    this.#child.stdout?.on('data', (chunk) => (stdout += String(chunk)))
    this.#child.stderr?.on('data', (chunk) => (stderr += String(chunk)))
    this.ended = once(this.#child, 'close').then(([code, signal]) => ({
      code: code as Ended['code'],
      signal: signal as Ended['signal'],
      stderr,
      stdout,
    }))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Starts on a store that is there already, or on an empty one, and waits until it answers. */
  static async ready(
    dataDir: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<ServerProcess> {
    const files = join(dataDir, 'store')
    if (!existsSync(files) && environment['DATABASE_URL'] === undefined) {
      await fillWithEmptyStore(files)
    }
    const started = new ServerProcess(dataDir, environment)
    await started.ready()
    return started
  }

  /** Waits until it answers. */
  async ready(): Promise<void> {
    const until = Date.now() + startMaxMs
    let end: Ended | undefined
    void this.ended.then((ended) => (end = ended))
    for (;;) {
      const answer = await this.ask('GET', '/readyz').catch(() => undefined)
      if (answer?.status === 200) return
      if (end) throw new Error(`the server ended with ${end.code}: ${end.stderr}`)
      if (Date.now() > until) throw new Error('the server did not start in time')
      await new Promise((resolve) => setTimeout(resolve, askAgainMs))
    }
  }

  kill(signal: NodeJS.Signals): Promise<Ended> {
    this.#child.kill(signal)
    return this.ended
  }

  import(lines: readonly ImportLine[]): Promise<{ status: number; json: unknown }> {
    return this.ask('POST', automationApi.import.path, { lines })
  }

  /** The ids of all people. */
  async people(): Promise<readonly string[]> {
    const ids: string[] = []
    for (let next: string | undefined = ''; next !== undefined;) {
      const { json } = await this.ask('GET', `${identityApi.people.path}?limit=500&after=${next}`)
      const page = json as { readonly items: { readonly id: string }[]; readonly next?: string }
      ids.push(...page.items.map(({ id }) => id))
      next = page.next
    }
    return ids
  }

  /** Asks on the control socket. */
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const sending = request(
        {
          socketPath: join(this.#dataDir, controlSocketName),
          method,
          path,
          agent: false,
          headers: text === undefined ? {} : { 'content-type': 'application/json' },
        },
        (response) => {
          let answer = ''
          response.on('data', (chunk) => (answer += String(chunk)))
          response.on('error', reject)
          response.on('end', () => {
            const { statusCode: status = 0 } = response
            resolve({ status, json: answer === '' ? undefined : JSON.parse(answer) })
          })
        },
      )
      sending.on('error', reject)
      sending.end(text)
    })
  }
}
