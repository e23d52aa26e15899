// `countersign up`: the server and a gateway on this machine, started in order, kept running, and
// stopped in order.
import { join } from 'node:path'
import { exits, type ExitName } from '#exit'
import { Failure, failureOf } from '#failure'
import type { World } from '#world'
import { claimDataDir } from './claim.process.ts'
import { provideConsole } from './console-build.process.ts'
import { type Plan, planOf } from './environment.ts'
import { type Ending, type Kept, type KeepLimits, keepLimits, keepRunning } from './keep.ts'
import { readableLine } from './log-line.ts'
import { logMaxBytes, ProgramLog } from './log.file.ts'
import type { Program } from './program.ts'
import { gatewayProgram, serverProgram } from './programs.process.ts'
import { type ProgramName, type Report, reportJson, reportText } from './progress.ts'
import { type Stop, stopOf } from './stop.ts'
import { awaitVacancy } from './vacancy.client.ts'
import { readyEvent, setupLink } from './welcome.client.ts'

export interface UpRequest {
  readonly dataDir: string | undefined
  readonly json: boolean
  /** Whether the programs' logs also go to standard error. */
  readonly verbose: boolean
}

/** Runs until asked to stop. Throws a `Failure` where it cannot start or go on. */
export async function up(
  request: UpRequest,
  world: World,
  limits: KeepLimits = keepLimits,
): Promise<ExitName> {
  const { stdout, clock } = world
  const report = request.json ? reportJson(stdout, () => clock.now()) : reportText(stdout)
  const stop = stopOf(world)
  try {
    const plan = planOf(request.dataDir, world)
    const claim = await claimDataDir(plan.dataDir)
    try {
      await provideConsole({ home: world.home, ...plan.console }, report, stop.signal)
      await awaitVacancy(plan, clock, report, stop.signal)
      if (!stop.signal.aborted) await runPrograms(plan, request, world, { report, stop, limits })
    } finally {
      await claim.release()
    }
  } catch (error) {
    const failure = failureOf(error)
    report({
      event: 'failed',
      exitCode: exits[failure.exit].code,
      text:
        failure.remedy === undefined ? failure.message : `${failure.message}: ${failure.remedy}`,
    })
    throw failure
  }
  report({ event: 'stopped', text: 'Everything is stopped.' })
  return 'ok'
}

interface Running {
  readonly report: Report
  readonly stop: Stop
  readonly limits: KeepLimits
}

async function runPrograms(
  plan: Plan,
  { verbose }: UpRequest,
  world: World,
  { report, stop, limits }: Running,
): Promise<void> {
  const logs: ProgramLog[] = []
  const kept: Kept[] = []
  const keep = (
    name: ProgramName,
    programOf: (plan: Plan, world: World, log: ProgramLog) => Program,
  ): Kept => {
    const copy = verbose ? (text: string) => world.stderr.write(text) : undefined
    const log = new ProgramLog(logPath(plan, name), logMaxBytes, copy)
    logs.push(log)
    const program = keepRunning(programOf(plan, world, log), { clock: world.clock, report, limits })
    kept.unshift(program)
    stop.onSecond(() => {
      program.kill()
    })
    return program
  }
  const ended = async (name: ProgramName, { ended }: Kept): Promise<never> =>
    failOf(plan, name, await ended)

  try {
    const server = keep('server', serverProgram)
    const serverEnded = ended('server', server)
    const serverPid = await Promise.race([server.ready, stop.asked, serverEnded])
    if (serverPid === 'stop') return
    const gateway = keep('gateway', gatewayProgram)
    const over = Promise.race([stop.asked, serverEnded, ended('gateway', gateway)])
    const gatewayPid = await Promise.race([gateway.ready, over])
    if (gatewayPid === 'stop') return
    const setup = await Promise.race([setupLink(plan.controlSocket), over])
    if (setup === 'stop') return
    report(readyEvent(plan, setup, { server: serverPid, gateway: gatewayPid }, world))
    await over
  } finally {
    report({ event: 'stopping', text: 'Stopping the gateway, then the server.' })
    // The gateway first: it hands what it has recorded to the server before it goes.
    for (const program of kept) await program.stop()
    for (const log of logs) log.close()
  }
}

function failOf(plan: Plan, name: ProgramName, ending: Ending): never | Promise<never> {
  // One that was stopped on purpose is over together with everything else.
  if (ending.kind === 'stopped') return new Promise<never>(() => undefined)
  const { why, exit, lastWords } = ending
  const said = lastWords.map((line) => `\n  | ${readableLine(line)}`).join('')
  throw new Failure(
    exit?.code === exits.usage.code ? 'usage' : 'fallen',
    said === '' ? why : `${why}; it said last:${said}\n`,
    `its whole log is \`${logPath(plan, name)}\``,
  )
}

function logPath({ dataDir }: Plan, name: ProgramName): string {
  return join(dataDir, 'logs', `${name}.log`)
}
