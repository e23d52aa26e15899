// A whole system on ports and in a folder of its own, with the tiny organisation in it.
import { join } from 'node:path'
import { type Installation, newInstallation } from '@countersign/cli/fakes/installation.process'
import { controlSocket, openControl } from '@countersign/cli/control.client'
import { api } from '@countersign/contract/api'
import type { ImportLine } from '@countersign/contract/api/automation'
import type { Client } from '@countersign/contract/client'
import { organisation, policies } from './organisation.ts'
import { startUpstream } from './upstream.fake.ts'

const command = join(import.meta.dirname, '../cli/src/main.ts')

export interface Place extends AsyncDisposable {
  readonly installation: Installation
  /** Calls the server as whoever operates the machine. */
  ask<T>(question: (client: Client) => Promise<T>): Promise<T>
  /** Imports the organisation and releases its policies. The server must run. */
  furnish(): Promise<void>
  put(...lines: ImportLine[]): Promise<void>
}

/** What every story sets: sign-in with a click, and a quiet log. */
export const storySettings = { COUNTERSIGN_DEMO: '1', COUNTERSIGN_LOG_LEVEL: 'warn' } as const

/** For stories without a browser: they need no console, and must not build one at the same time. */
export const withoutConsole = { COUNTERSIGN_CONSOLE_DIR: '/nonexistent' } as const

export async function newPlace(): Promise<Place> {
  const installation = await newInstallation(command)
  const upstream = await startUpstream()
  const ask: Place['ask'] = async (question) => {
    const control = openControl(controlSocket(installation.dataDir))
    try {
      return await question(control.client)
    } finally {
      await control.close()
    }
  }
  const put: Place['put'] = async (...lines) => {
    await ask((client) => client.call(api.automation.import, { body: { lines } }))
  }
  return {
    installation,
    ask,
    put,
    async furnish() {
      await put(...organisation(upstream.url))
      await ask((client) => client.call(api.policies.make, { body: { files: [...policies] } }))
    },
    async [Symbol.asyncDispose]() {
      await installation[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

/**
 * Asks again and again until the answer is yes, for what no event tells.
 * @throws when it is still no after `withinMs`.
 */
export async function eventually(
  what: string,
  withinMs: number,
  isSo: () => Promise<boolean>,
): Promise<void> {
  const until = Date.now() + withinMs
  while (!(await isSo())) {
    if (Date.now() > until) throw new Error(`within ${withinMs} ms it never happened that ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
