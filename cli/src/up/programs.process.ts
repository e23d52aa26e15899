// The two programs that `countersign` starts: how each is started, and how one sees that it works.
import { api } from '@countersign/contract/api'
import { settings } from '@countersign/contract/settings'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fetch } from 'undici'
import { openControl } from '#control.client'
import type { World } from '#world'
import type { Plan } from './environment.ts'
import type { ProgramLog } from './log.file.ts'
import type { Program } from './program.ts'
import { spawnProgram } from './spawn.process.ts'

type Place = Pick<World, 'home' | 'directory'>

/** The server. It is ready when it says so on its control socket. */
export function serverProgram(plan: Plan, place: Place, output: ProgramLog | 'stderr'): Program {
  return {
    name: 'server',
    start: () => spawn('server', plan.server, place, output),
    isReady: () => serverIsReady(plan.controlSocket),
  }
}

/**
 * The gateway. Where it is not enrolled yet and nobody gave it a token, the server on this machine
 * is asked for one.
 */
export function gatewayProgram(plan: Plan, place: Place, output: ProgramLog | 'stderr'): Program {
  return {
    name: 'gateway',
    async start() {
      const tokenName = settings.gatewayEnrolmentToken.env
      const needsToken = !isEnrolled(plan.dataDir) && !plan.gateway[tokenName]
      const environment = needsToken
        ? { ...plan.gateway, [tokenName]: await invitation(plan.controlSocket) }
        : plan.gateway
      return await spawn('gateway', environment, place, output)
    },
    isReady: () => answersReady(plan.operateUrl),
  }
}

/** Whether the gateway of this data directory has been enrolled. */
export function isEnrolled(dataDir: string): boolean {
  return existsSync(join(dataDir, 'gateway', 'enrolment.json'))
}

const readyTimeoutMs = 2_000

async function serverIsReady(controlSocket: string): Promise<boolean> {
  const control = openControl(controlSocket)
  try {
    return await control.isReady(AbortSignal.timeout(readyTimeoutMs))
  } finally {
    await control.close()
  }
}

async function answersReady(baseUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${baseUrl}/readyz`, {
      signal: AbortSignal.timeout(readyTimeoutMs),
    })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}

const invitationTimeoutMs = 10_000

async function invitation(controlSocket: string): Promise<string> {
  const control = openControl(controlSocket)
  try {
    const { token } = await control.client.call(
      api.networks.invite,
      { body: {} },
      { signal: AbortSignal.timeout(invitationTimeoutMs) },
    )
    return token
  } finally {
    await control.close()
  }
}

async function spawn(
  name: 'server' | 'gateway',
  environment: Plan['server'],
  { home, directory }: Place,
  output: ProgramLog | 'stderr',
): ReturnType<Program['start']> {
  if (output !== 'stderr') output.forget()
  const main = join(home, name, 'src', 'main.ts')
  return await spawnProgram({ main, environment, directory, output })
}
