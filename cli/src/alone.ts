// `countersign serve` and `countersign gateway`: one program in the foreground, for who has a
// supervisor already (systemd, a container). Its log goes to standard error.
import { api } from '@countersign/contract/api'
import { settings } from '@countersign/contract/settings'
import { openControl } from './control.client.ts'
import type { ExitName } from './exit.ts'
import { Failure } from './failure.ts'
import { invitationText } from './networks/invite.ts'
import { type Plan, planOf } from './up/environment.ts'
import type { Program, Running } from './up/program.ts'
import { gatewayProgram, isEnrolled, serverProgram } from './up/programs.process.ts'
import { stopOf } from './up/stop.ts'
import { linkLines, setupLink } from './up/welcome.client.ts'
import type { World } from './world.ts'

export interface AloneRequest {
  readonly dataDir: string | undefined
  readonly json: boolean
}

/** Runs the server until asked to stop. When it is ready, says how to go on. */
export async function serve({ dataDir, json }: AloneRequest, world: World): Promise<ExitName> {
  const plan = planOf(dataDir, world)
  return await foreground(serverProgram(plan, world, 'stderr'), world, async () => {
    const setup = await setupLink(plan.controlSocket)
    const invitation = await firstInvitation(plan)
    if (json) {
      const { controlSocket, serverUrl, consoleUrl } = plan
      writeJson(world, {
        event: 'ready',
        serverUrl,
        consoleUrl,
        controlSocket,
        ...(setup ? { setup } : {}),
        ...(invitation ? { invitation } : {}),
      })
      return
    }
    const lines = [
      `The server is ready and listens for gateways at ${plan.serverUrl}.`,
      '',
      ...(invitation
        ? [invitationText(invitation, world.timeZone)]
        : ['`countersign networks invite` lets another gateway enrol.', '']),
      ...(setup ? [...linkLines(plan.consoleUrl, setup, world.timeZone), ''] : []),
    ]
    world.stdout.write(`${lines.join('\n')}\n`)
  })
}

/** Runs a gateway until asked to stop. `enrol` is a token, or `-` to read it from standard input. */
export async function gateway(
  { dataDir, json, enrol }: AloneRequest & { readonly enrol: string | undefined },
  world: World,
): Promise<ExitName> {
  const token = enrol === '-' ? (await world.readInput()).trim() : enrol
  if (token === '')
    throw new Failure('usage', 'standard input holds no token', 'write the token into it')
  const plan = planOf(dataDir, world)
  const tokenName = settings.gatewayEnrolmentToken.env
  const known = token ?? plan.gateway[tokenName]
  if (!known && !isEnrolled(plan.dataDir)) {
    throw new Failure(
      'usage',
      `the gateway of \`${plan.dataDir}\` is not enrolled`,
      'get a token with `countersign networks invite` where the server runs, then start with `--enrol <token>`',
    )
  }
  const environment = known ? { ...plan.gateway, [tokenName]: known } : plan.gateway
  const program = gatewayProgram({ ...plan, gateway: environment }, world, 'stderr')
  return await foreground(program, world, async () => {
    const { gatewayUrl, operateUrl } = plan
    if (json) writeJson(world, { event: 'ready', gatewayUrl, operateUrl })
    else
      world.stdout.write(
        `The gateway is ready at ${gatewayUrl}; it answers health checks at ${operateUrl}.\n`,
      )
  })
}

const askEveryMs = 100

async function foreground(
  program: Program,
  world: World,
  whenReady: () => Promise<void>,
): Promise<ExitName> {
  const stop = stopOf(world)
  const running = await program.start()
  stop.signal.addEventListener('abort', () => {
    running.stop()
  })
  if (stop.signal.aborted) running.stop()
  stop.onSecond(() => {
    running.kill()
  })
  const gone = new AbortController()
  const exited = running.exited.finally(() => {
    gone.abort()
  })
  try {
    if (await becomesReady(program, world, AbortSignal.any([gone.signal, stop.signal])))
      await whenReady()
  } catch (error) {
    if (!gone.signal.aborted && !stop.signal.aborted) {
      running.stop()
      await exited
      throw error
    }
  }
  return exitOf(program.name, await exited, stop.signal.aborted)
}

async function becomesReady(program: Program, world: World, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await program.isReady()) return !signal.aborted
    await world.clock.wait(askEveryMs, signal)
  }
  return false
}

function exitOf(
  name: string,
  { code, signal }: Awaited<Running['exited']>,
  wasAsked: boolean,
): ExitName {
  if (code === 0 || (wasAsked && signal === 'SIGTERM')) return 'ok'
  if (code === 2) return fail('usage', `the ${name} refuses its settings`)
  return fail(
    'fallen',
    signal === null ? `the ${name} ended with code ${code}` : `the ${name} was ended by ${signal}`,
  )
}

function fail(exit: ExitName, message: string): never {
  throw new Failure(exit, message, 'its log above says why')
}

async function firstInvitation(
  plan: Plan,
): Promise<{ readonly token: string; readonly expiresAt: number } | undefined> {
  const control = openControl(plan.controlSocket)
  try {
    const { gateways } = await control.client.call(api.networks.gateways, {})
    return gateways.length === 0
      ? await control.client.call(api.networks.invite, { body: {} })
      : undefined
  } finally {
    await control.close()
  }
}

function writeJson(world: World, value: object): void {
  world.stdout.write(`${JSON.stringify(value)}\n`)
}
