// `npm run demo`: a whole hospital group on one machine. Starts Countersign through `countersign
// up`, fills it over the control socket on the first start, starts applications to protect, and
// prints one link. A later start, also after everything was killed, goes on where this one ended.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openControl } from '@countersign/cli/control.client'
import { Failure, failureOf } from '@countersign/cli/failure'
import { applicationRows, applicationsPort } from '#organisation/applications'
import { organisationName } from '#organisation/departments'
import { generateOrganisation } from '#organisation/organisation'
import { startApplications } from '#start/applications.process'
import { manageDevices } from '#start/device-management.job'
import { gatewayId, importDocuments } from '#start/fill.client'
import { fillHistory, type Filling, fillInventory, progressNow } from '#start/filling'
import type { Progress } from '#start/progress.file'
import { stepsOn } from '#start/steps'
import { type Ready, startUp, type Up } from '#start/up.process'
import { isVacant } from '#start/vacancy.client'

const root = fileURLToPath(new URL('../../', import.meta.url))
const clock = (): number => Date.now()
const steps = stepsOn(
  {
    isTerminal: process.stdout.isTTY && process.env['TERM'] !== 'dumb',
    write: (text) => process.stdout.write(text),
  },
  () => performance.now(),
)
const stopping = new AbortController()
const { signal: stopped } = stopping
const { values: options } = readOptions()
const dataDir = resolve(root, process.env['COUNTERSIGN_DATA_DIR'] || 'var/demo')
const listen = { host: '127.0.0.1', port: Number(options['applications-port']) }
const upstream = `http://${listen.host}:${listen.port}`

let up: Up | undefined
let exitCode = 0
/** Whether somebody asked for the end. Otherwise an end is a failure and says why. */
let isAsked = false
const closers: (() => Promise<void> | void)[] = []

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    if (isAsked) up?.stop()
    isAsked = true
    stopping.abort(new Error('stopped'))
  })
}

try {
  await run()
} catch (error) {
  if (!isAsked) {
    const { message, remedy } = failureOf(error)
    steps.say(`\n  ${remedy === undefined ? message : `${message}: ${remedy}`}\n`)
    exitCode ||= 1
  }
}
stopping.abort(new Error('stopped'))
for (const close of closers.toReversed()) await close()
if (up) {
  up.stop()
  const ended = await up.ended
  exitCode ||= ended
}
if (exitCode === 0) steps.say('\n  Everything is stopped. Nothing is lost.\n')
process.exit(exitCode)

async function run(): Promise<void> {
  steps.say(`\n  Countersign, a demonstration: ${organisationName}\n`)
  if (!(await isVacant(listen.host, listen.port))) {
    steps.say(
      `  \`${listen.host}:${listen.port}\` is in use: stop what listens there, or choose another port with \`npm run demo -- --applications-port 7420\`\n`,
    )
    exitCode = 6
    return
  }
  const ready = await startCountersign()
  const control = openControl(ready.controlSocket)
  closers.push(() => control.close())
  const filling: Filling = {
    client: control.client,
    steps,
    stopped,
    clock,
    path: resolve(dataDir, 'demo.json'),
  }
  const progress = await progressNow(filling)
  const { seed, now } = progress
  const organisation = generateOrganisation({ seed, now, upstream })
  const filled = await fillInventory(filling, organisation, progress, upstream)
  await steps.run('Applications', async (rename) => {
    const issuer = await gatewayId(control.client, stopped)
    const tie = fileURLToPath(import.meta.resolve('@countersign/cli/up/tie.process'))
    const applications = await startApplications({
      program: resolve(root, 'demo/src/applications/main.ts'),
      listen: `${listen.host}:${listen.port}`,
      gatewayUrl: ready.gatewayUrl,
      issuer,
      tie,
    })
    closers.push(() => applications.stop())
    rename(
      `Applications: ward board, laboratory results, vitals, ${applicationRows.length - 3} more`,
    )
  })
  closers.push(
    manageDevices({
      devices: organisation.devices,
      clock,
      report: (documents) => importDocuments(control.client, documents, stopped),
    }),
  )
  sayHello(ready, filled)
  if (!filled.isComplete) await fillHistory(filling, organisation, filled)
  await aborted()
}

async function startCountersign(): Promise<Ready> {
  return steps.run('Countersign starts', async (rename) => {
    const started = Promise.withResolvers<Ready>()
    let failed = 'Countersign ended before it was asked to'
    let isReady = false
    up = startUp(
      resolve(root, 'cli/src/main.ts'),
      {
        ...process.env,
        COUNTERSIGN_DATA_DIR: dataDir,
        COUNTERSIGN_DEMO: '1',
        COUNTERSIGN_ORGANISATION: process.env['COUNTERSIGN_ORGANISATION'] || organisationName,
      },
      (event, text) => {
        if (event.event === 'ready') {
          isReady = true
          started.resolve(event)
        } else if (event.event === 'failed') {
          failed = text
          exitCode = event.exitCode
        } else if (event.event === 'progress' && !isReady) {
          rename(text)
        } else if (event.event === 'died' || (event.event === 'progress' && isReady)) {
          steps.say(`  ${text}`)
        }
      },
    )
    const notice = async ({ ended }: Up): Promise<void> => {
      const code = await ended
      if (isAsked) return
      exitCode ||= code || 1
      stopping.abort(new Failure('fallen', failed))
    }
    void notice(up)
    const ready = await Promise.race([started.promise, aborted()])
    rename('Countersign: server, gateway and console')
    return ready
  })
}

function sayHello({ consoleUrl }: Ready, { isComplete }: Progress): void {
  steps.say(
    [
      '',
      `  Open  ${consoleUrl}`,
      '',
      '  Sign in as one of six people with a click, open their applications, and see what is refused.',
      '  Petra Ashcombe administers: as her, watch every decision arrive.',
      ...(isComplete ? [] : ['  Four weeks of recorded decisions are being filled in meanwhile.']),
      '  Ctrl-C stops everything. Nothing is lost, and the next start takes a moment.',
      '',
    ].join('\n'),
  )
}

/** Rejects with the reason once everything is to stop. */
function aborted(): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => {
      reject(failureOf(stopped.reason))
    }
    if (stopped.aborted) end()
    else stopped.addEventListener('abort', end, { once: true })
  })
}

function readOptions() {
  try {
    const parsed = parseArgs({
      options: {
        'applications-port': {
          type: 'string',
          default: process.env['DEMO_APPLICATIONS_PORT'] || String(applicationsPort),
        },
      },
    })
    const port = Number(parsed.values['applications-port'])
    if (Number.isInteger(port) && port >= 1 && port <= 65_535) return parsed
    throw new Error(`\`${parsed.values['applications-port']}\` is no port: give 1 to 65535`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    console.error('usage: npm run demo -- [--applications-port <port>]')
    process.exit(2)
  }
}
