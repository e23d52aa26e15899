// The control plane: remembers, administers, and tells gateways what they decide from.
import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { pino } from 'pino'
import { Authoring } from '@countersign/authoring/authoring'
import { SettingError } from '@countersign/contract/setting-value'
import { readSettings, type Settings } from '@countersign/contract/settings'
import { consoleFiles } from '#http/console.file'
import { listenOnControlSocket, listenOnNetwork, ListenFault } from '#http/listen'
import { type RunningServer, startServer } from './server.ts'
import { prepareDataDirectory } from '#store/data-directory'
import { StoreFault } from '#store/fault'
import { openStore } from '#store/store'

/** The program's exits. What an operator has to mend is 2; what we have to mend is 1. */
const exits = { stopped: 0, unexpected: 1, unusable: 2 } as const
/** A stop that takes longer is not waited for. */
const stopMaxMs = 10_000

try {
  await run(readSettings('server', process.env))
} catch (error) {
  giveUp(error)
}

async function run(settings: Settings<'server'>): Promise<void> {
  // A reader of the log that goes away must neither stop the server nor hold it up: pino's own
  // destination would try again for ever.
  process.stdout.on('error', () => {})
  const log = pino(
    {
      level: settings.logLevel,
      base: { program: 'server' },
      formatters: { level: (level) => ({ level }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    process.stdout,
  )
  const dataDir = resolve(settings.dataDir)
  await prepareDataDirectory(dataDir)
  const network = await listenOnNetwork(settings.serverListen)
  const control = await listenOnControlSocket(dataDir)
  const store = await openStore({
    address: settings.databaseUrl
      ? { kind: 'postgres', url: settings.databaseUrl.reveal() }
      : { kind: 'embedded', directory: join(dataDir, 'store') },
    log,
    now: Date.now,
    lost: giveUp,
  })
  const server = await startServer({
    settings: { ...settings, dataDir },
    store,
    network,
    control,
    console: consoleFiles(settings.consoleDir),
    authoring: new Authoring(),
    log,
    now: Date.now,
    clockNs: () => process.hrtime.bigint(),
    randomBytes,
  })
  const { host, port } = settings.serverListen
  log.info({ host, port, sequence: server.ledger.sequence }, 'the server is ready')
  stopOnSignal(server, log)
}

function stopOnSignal(server: RunningServer, log: pino.Logger): void {
  const stop = (signal: string) => {
    log.info({ signal }, 'the server stops')
    setTimeout(() => {
      log.warn({}, 'stopping took too long; some callers were cut off')
      process.exit(exits.stopped)
    }, stopMaxMs).unref()
    server.stop().then(() => {
      log.info({}, 'the server has stopped')
      process.exit(exits.stopped)
    }, giveUp)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

function giveUp(error: unknown): never {
  const expected =
    error instanceof SettingError || error instanceof StoreFault || error instanceof ListenFault
  const text = expected ? error.message : error instanceof Error ? error.stack : String(error)
  process.stderr.write(`countersign server: ${text}\n`)
  process.exit(expected ? exits.unusable : exits.unexpected)
}
