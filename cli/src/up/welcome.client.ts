// What `countersign up` says once everything works: one link.
import { api } from '@countersign/contract/api'
import { relative } from 'node:path'
import { openControl } from '#control.client'
import { momentText } from '#times'
import type { World } from '#world'
import type { Plan } from './environment.ts'
import type { Progress } from './progress.ts'

type Ready = Extract<Progress, { readonly event: 'ready' }>

const callTimeoutMs = 10_000

/** The link for the first administrator, while there is none. */
export async function setupLink(controlSocket: string): Promise<Ready['setup']> {
  const control = openControl(controlSocket)
  const signal = AbortSignal.timeout(callTimeoutMs)
  try {
    const offer = await control.client.call(api.signin.offer, {}, { signal })
    return offer.setupNeeded
      ? await control.client.call(api.identity.issueSetupLink, { body: {} }, { signal })
      : undefined
  } finally {
    await control.close()
  }
}

/** The event that everything is ready. */
export function readyEvent(
  plan: Plan,
  setup: Ready['setup'],
  processes: Ready['processes'],
  world: Pick<World, 'directory' | 'timeZone'>,
): Ready {
  const { serverUrl, gatewayUrl, operateUrl, controlSocket, dataDir } = plan
  const consoleUrl = new URL('/', plan.consoleUrl).href
  const text = [
    ...linkLines(consoleUrl, setup, world.timeZone),
    '',
    `Ctrl-C stops everything. Logs lie in \`${relative(world.directory, dataDir) || '.'}/logs\`.`,
  ].join('\n')
  return {
    event: 'ready',
    text,
    consoleUrl,
    serverUrl,
    gatewayUrl,
    operateUrl,
    controlSocket,
    dataDir,
    ...(setup ? { setup } : {}),
    processes,
  }
}

/** The one link to open, and what it is good for. */
export function linkLines(
  consoleUrl: string,
  setup: Ready['setup'],
  timeZone: string,
): readonly string[] {
  return setup
    ? [
        `Open this link to become the first administrator. It works once, until ${momentText(setup.expiresAt, timeZone)}:`,
        '',
        `  ${setup.url}`,
      ]
    : ['Open', '', `  ${consoleUrl}`]
}
