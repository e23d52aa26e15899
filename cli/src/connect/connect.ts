// `countersign connect`: tunnels to one application, through standard input and output or from a
// port of this machine. Each connection is a tunnel of its own, decided on its own.
import { hostname } from 'node:os'
import type { TunnelEnding } from '@countersign/contract/tunnel'
import type { Socket } from 'node:net'
import type { ExitName } from '#exit'
import { Failure } from '#failure'
import type { World } from '#world'
import { consoleUrl } from './console-url.ts'
import { type GatewayClient, type Opening, openGateway, type Refusal } from './gateway.client.ts'
import { type Joined, join, type Local, tearOff } from './join.ts'
import { listenAddress } from './listen-address.ts'
import { listenAt } from './listener.process.ts'
import { type Reporter, reporterTo } from './reporter.ts'
import { readSignIns, signInsFile } from './sign-ins.file.ts'
import { releaseInput, standardStreams } from './stdio.process.ts'
import { authorityOf, tunnelNamed } from './target.ts'
import { Tokens } from './tokens.ts'

export interface ConnectRequest {
  readonly application: string
  readonly console: string | undefined
  readonly listen: string | undefined
  readonly stdio: boolean
  readonly expose: boolean
  readonly signIn: boolean
  readonly json: boolean
}

/** What every tunnel of one run needs. */
interface Run {
  readonly gateway: GatewayClient
  readonly tokens: Tokens
  readonly report: Reporter
  readonly signal: AbortSignal
}

/** An answer, and the token it was given to: later questions about it come with the same. */
type Answered = Opening & { readonly token: string }

/** Connects until told to stop. Throws `Failure` where that is not possible. */
export async function connect(request: ConnectRequest, world: World): Promise<ExitName> {
  if (request.stdio && request.listen !== undefined) {
    throw new Failure('usage', '`--stdio` and `--listen` are two ways: give one')
  }
  const stopped = new AbortController()
  world.onStop(() => stopped.abort())
  const file = signInsFile(world)
  const url = consoleUrl(request.console, (await readSignIns(file)).last, world)
  const report = reporterTo(world, request.json)
  const gateway = openGateway(url)
  const { signal } = stopped
  const machine = hostname()
  const tokens = new Tokens({
    file,
    origin: url.origin,
    api: gateway.api,
    report,
    machine,
    signal,
    world,
  })
  try {
    if (request.signIn) await tokens.renew(undefined)
    const run: Run = { gateway, tokens, report, signal }
    return request.stdio ? await throughStdio(request, run) : await throughPort(request, run)
  } catch (error) {
    if (signal.aborted) return 'ok'
    throw error
  } finally {
    await gateway.close()
  }
}

async function throughStdio({ application }: ConnectRequest, run: Run): Promise<ExitName> {
  const opening = await open(await targetOf(application, run), run)
  if (opening.kind === 'refused') throw refusalFailure(opening.refusal, run.report)
  const how = await carry(standardStreams(), opening, run)
  releaseInput()
  return how === 'cut' ? 'cut' : 'ok'
}

async function throughPort(request: ConnectRequest, run: Run): Promise<ExitName> {
  const { application, listen, expose } = request
  const at = listenAddress(listen, expose)
  const authority = await targetOf(application, run)
  const listening = await listenAt(at, (connection) => {
    serve(connection, authority, run).catch((error: unknown) => {
      tearOff(connection)
      if (run.signal.aborted) return
      const message = error instanceof Error ? error.message : String(error)
      run.report({ event: 'refused', code: 'failed', message, reasons: [], nextSteps: [] })
    })
  })
  const { address, port } = listening.address
  run.report({ event: 'listening', host: address, port, application })
  await new Promise<void>((resolve) => {
    run.signal.addEventListener('abort', () => resolve())
    if (run.signal.aborted) resolve()
  })
  await listening.close()
  return 'ok'
}

async function serve(connection: Socket, authority: string, run: Run): Promise<void> {
  const opening = await open(authority, run)
  if (opening.kind === 'refused') {
    reportRefusal(opening.refusal, run.report)
    tearOff(connection)
    return
  }
  // The program may have given up while somebody approved the sign-in.
  if (connection.destroyed) {
    opening.socket.destroy()
    return
  }
  const tear = (): void => tearOff(connection)
  await carry({ input: connection, output: connection, tear }, opening, run)
}

/** A tunnel; where nobody is signed in any more, after signing in once. */
async function open(authority: string, { gateway, tokens, signal }: Run): Promise<Answered> {
  const token = await tokens.current()
  const opening = await gateway.open(authority, token, signal)
  if (opening.kind === 'open' || opening.refusal.code !== 'access.sign_in_required') {
    return { ...opening, token }
  }
  const renewed = await tokens.renew(token)
  return { ...(await gateway.open(authority, renewed, signal)), token: renewed }
}

async function carry(
  local: Local,
  { socket, decision, token }: Extract<Answered, { readonly kind: 'open' }>,
  run: Run,
): Promise<'closed' | 'cut'> {
  run.report({ event: 'opened', decision })
  const stop = (): void => void socket.destroy()
  run.signal.addEventListener('abort', stop)
  const joined = await join(local, socket)
  run.signal.removeEventListener('abort', stop)
  const ending = await endingOf(joined, { decision, token }, run)
  if (!ending) {
    run.report({ event: 'closed', decision })
    return 'closed'
  }
  run.report({
    event: 'cut',
    decision,
    why: ending.why,
    reasons: ending.reasons,
    nextSteps: ending.nextSteps,
    ...(ending.decision === undefined ? {} : { endedBy: ending.decision }),
  })
  return 'cut'
}

// After a `CONNECT` the gateway cannot speak within the tunnel, so it is asked afterwards. Also when
// the end looked proper: TLS does not tell one from the other.
async function endingOf(
  { byFarSide, isTorn }: Joined,
  { decision, token }: { readonly decision: string; readonly token: string },
  { gateway, signal }: Run,
): Promise<Pick<TunnelEnding, 'why' | 'reasons' | 'nextSteps' | 'decision'> | undefined> {
  if (!byFarSide || signal.aborted) return undefined
  try {
    return (await gateway.ending(decision, token)) ?? (isTorn ? lost : undefined)
  } catch {
    return isTorn ? lost : undefined
  }
}

const lost = {
  why: 'broken',
  reasons: ['The connection was lost, and the gateway does not say why.'],
  nextSteps: ['Connect again; if it persists, tell the operator of the gateway.'],
} as const

async function targetOf(word: string, { gateway, tokens, signal }: Run): Promise<string> {
  const authority = authorityOf(word)
  if (authority !== undefined) return authority
  const token = await tokens.current()
  const list = (await gateway.tunnels(token, signal)) ??
    (await gateway.tunnels(await tokens.renew(token), signal)) ?? { tunnels: [] }
  const { host, port } = tunnelNamed(word, list)
  return `${host}:${port}`
}

function refusalFailure(refusal: Refusal, report: Reporter): Failure {
  reportRefusal(refusal, report)
  const { instance, remedy } = refusal
  const id = instance === undefined ? '' : ` (${instance})`
  return new Failure(exitOf(refusal), `no tunnel was opened${id}`, remedy)
}

function reportRefusal(
  { code, title, detail, instance, ...more }: Refusal,
  report: Reporter,
): void {
  const isStepUp = code === 'access.step_up_required'
  report({
    event: 'refused',
    code,
    message: detail ?? title,
    reasons: more.reasons,
    nextSteps: isStepUp
      ? ['Sign in to the console with your passkey, then use `countersign connect --sign-in`.']
      : more.nextSteps,
    ...(instance === undefined ? {} : { decision: instance }),
  })
}

function exitOf({ status }: Refusal): ExitName {
  if (status === 421) return 'notFound'
  return status >= 500 ? 'unreachable' : 'refused'
}
