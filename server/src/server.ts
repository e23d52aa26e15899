// The server, put together from its parts. Everything it needs of the world comes in; what comes
// back is a way to stop it.
import type { Authoring } from '@countersign/authoring/authoring'
import { networksApi } from '@countersign/contract/api/networks'
import { heartbeatMs } from '@countersign/contract/feed'
import type { Settings } from '@countersign/contract/settings'
import type { Secret } from '@countersign/contract/secret'
import { vocabulary } from '@countersign/contract/vocabulary'
import { Feed } from '#feed/feed'
import { feedRoutes } from '#feed/feed.routes'
import { feedKey, hasSealedKeys } from '#feed/keys.store'
import { adoptNextMasterKey, masterKey, nextMasterKey } from '#feed/master-key.file'
import { reseal } from '#feed/reseal.store'
import { feedSigner } from '#feed/sign'
import { type AppOptions, createApp } from '#http/app.routes'
import type { ConsoleFiles } from '#http/console.file'
import type { Dependencies } from '#http/dependencies'
import { identify } from '#http/identify'
import type { Listener } from '#http/listen'
import { createMetrics } from '#http/metrics'
import { within } from '#http/patience.job'
import { repeat } from '#http/repeat.job'
import { readDocuments } from '#journal/documents.store'
import { position, readEntries, verifyJournal } from '#journal/journal.store'
import { type Ledger, openLedger } from '#journal/ledger'
import type { Log } from '#log'
import { applicationsRoutes } from '#pillars/applications/applications.routes'
import { credentialsRoutes } from '#pillars/applications/credentials.routes'
import { reach } from '#pillars/applications/reach.client'
import { automationRoutes } from '#pillars/automation/automation.routes'
import { dataRoutes } from '#pillars/data/data.routes'
import { devicesRoutes } from '#pillars/devices/devices.routes'
import { identityRoutes } from '#pillars/identity/identity.routes'
import { gatewayKind, Gateways } from '#pillars/networks/gateways'
import { networksRoutes } from '#pillars/networks/networks.routes'
import { keepDecisions } from '#pillars/visibility/decisions.store'
import { DecisionLog } from '#pillars/visibility/log'
import { visibilityRoutes } from '#pillars/visibility/visibility.routes'
import { bootstrapDrafts } from '#policies/bootstrap'
import { ownPolicyFiles } from '#policies/own-policies.file'
import { policiesRoutes } from '#policies/policies.routes'
import { readSet, type ReadPolicies } from '#policies/release'
import { handoffRoutes } from '#signin/handoff.routes'
import { identitySelfRoutes } from '#signin/self.routes'
import { signinSweepEveryMs, sweepSignin } from '#signin/signin.job'
import { signinRoutes } from '#signin/signin.routes'
import { tokenIssuers } from '#signin/token-exchange-issuers.file'
import { tokenExchangeRoutes } from '#signin/token-exchange.routes'
import type { Store } from '#store/store'

export interface ServerOptions {
  readonly settings: Settings<'server'>
  readonly store: Store
  /** Already listening, so that no second server opens the store. */
  readonly network: Listener
  readonly control: Listener
  readonly console: ConsoleFiles
  readonly authoring: Authoring
  readonly log: Log
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** A clock that only measures, in nanoseconds. */
  readonly clockNs: () => bigint
  readonly randomBytes: (count: number) => Uint8Array
}

export interface RunningServer {
  readonly ledger: Ledger
  /** Answers what is under way, ends streams and stops. Takes at most `stopMaxMs`. */
  stop(): Promise<void>
}

/** How long callers may take to receive their last answer, in milliseconds. */
const stopMaxMs = 8_000
/** How often to look for what other servers wrote to the same store, in milliseconds. */
const catchUpEveryMs = 500
/** How often to check every link of the journal, in milliseconds. */
const verifyEveryMs = 15 * 60_000

/**
 * Starts answering.
 * @throws StoreFault where the keys of the store cannot be opened.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { settings, store, network, control, log, now, randomBytes, authoring } = options
  const { db } = store
  const stopping = new AbortController()
  const issuers = await tokenIssuers(settings.tokenIssuers)
  const sealed = await hasSealedKeys(db)
  const master = await openMasterKey(options, sealed)
  const key = await feedKey(db, master, now())
  const ledger = await openLedger(store, now)
  const readPolicies: ReadPolicies = ({ name, text }) =>
    authoring.parsePolicies(text, { file: name, schema: vocabulary })
  const ownFiles = await ownPolicyFiles()
  const ids = { now, randomBytes }
  await ledger.write(
    'Workload::"countersign"',
    bootstrapDrafts(ledger.estate, {
      publicUrl: settings.publicUrl,
      listen: settings.serverListen,
      ownPolicies: await readSet(ownFiles, readPolicies),
      ids,
    }),
  )

  const dependencies: Dependencies = { store, ledger, settings, now, randomBytes, log }
  const gateways = new Gateways(await readDocuments(db, gatewayKind))
  ledger.subscribe((batch) => gateways.follow(batch))
  const feed = new Feed({
    ledger,
    signer: feedSigner(key),
    readEntries: (after, limit) => readEntries(db, after, limit),
    now,
    log,
  })
  let intact = true
  const metrics = createMetrics({
    journalIntact: () => intact,
    journalSequence: () => ledger.sequence,
    feedFollowers: () => feed.followers,
  })
  const decisions = new DecisionLog({
    keep: (records) => store.transaction((tx) => keepDecisions(tx, records)),
    counted: (count) => metrics.kept(count),
  })
  const shared: Omit<AppOptions, 'console' | 'control' | 'identify'> = {
    implementations: [
      ...signinRoutes(dependencies),
      ...tokenExchangeRoutes({ ...dependencies, issuers, key }),
      ...identitySelfRoutes(dependencies),
      ...handoffRoutes(dependencies),
      ...identityRoutes(dependencies),
      ...devicesRoutes(dependencies),
      ...networksRoutes({ ...dependencies, gateways, decisions, feedKey: key.publicKey }),
      ...feedRoutes({ feed, ledger, gateways, now }),
      ...applicationsRoutes({ ...dependencies, reach }),
      ...credentialsRoutes({ ...dependencies, gateways, masterKey: master, feedKey: key }),
      ...dataRoutes(dependencies),
      ...visibilityRoutes({ ...dependencies, decisions, gateways }),
      ...automationRoutes(dependencies),
      ...policiesRoutes({ ...dependencies, readPolicies, ownFiles }),
    ],
    permit: {
      estate: ledger.estate,
      ids,
      keep: (record) => decisions.keep([record]),
      consoleHost: settings.publicUrl.hostname,
      clockNs: options.clockNs,
    },
    ids,
    log,
    metrics,
    now,
    ownOrigin: settings.publicUrl.origin,
    stopping: stopping.signal,
    withoutCaller: new Set([networksApi.enrol]),
    ready: async () => void (await position(db)),
  }
  const onControlSocket = await createApp({
    ...shared,
    console: undefined,
    control: true,
    identify: async () => ({ kind: 'operator' }),
  })
  const onNetwork = await createApp({
    ...shared,
    console: options.console,
    control: false,
    identify: ({ headers, receivedAt }) =>
      identify(
        {
          assertion: one(headers['countersign-assertion']),
          authorization: headers.authorization,
          host: headers.host,
        },
        { gateways, estate: ledger.estate, now: receivedAt === 0 ? now() : receivedAt },
      ),
  })
  const ends = [
    repeat({ everyMs: heartbeatMs, what: 'feed', log }, async () => feed.beat()),
    repeat({ everyMs: signinSweepEveryMs, what: 'sign-in', log }, () => sweepSignin(dependencies)),
    repeat({ everyMs: verifyEveryMs, what: 'verification', log }, async () => {
      const fault = await verifyJournal(db)
      intact = fault === undefined
      if (fault)
        log.error({ fault }, 'the journal was changed behind our back; compare it with a backup')
    }),
    // The embedded store has one server only.
    ...(settings.databaseUrl
      ? [repeat({ everyMs: catchUpEveryMs, what: 'journal', log }, () => ledger.catchUp())]
      : []),
  ]
  network.serve(onNetwork.handle)
  control.serve(onControlSocket.handle)

  return {
    ledger,
    async stop() {
      for (const end of ends) end()
      stopping.abort()
      feed.close()
      const closed = Promise.all([network.close(), control.close()])
      if ((await within(stopMaxMs, closed)) === 'late') {
        network.abort()
        control.abort()
      }
      await Promise.all([onNetwork.close(), onControlSocket.close(), authoring.close()])
      await store.close()
    },
  }
}

/** The master key; a next one that lies beside it takes its place first. */
async function openMasterKey(
  { settings: { dataDir }, store, randomBytes, log }: ServerOptions,
  sealed: boolean,
): Promise<Secret<Uint8Array>> {
  const current = await masterKey(dataDir, sealed ? false : randomBytes)
  const next = await nextMasterKey(dataDir)
  if (!next) return current
  await store.transaction((tx) => reseal(tx, { current, next }))
  await adoptNextMasterKey(dataDir)
  log.info({}, 'the next master key has taken the place of the one before')
  return next
}

function one(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'object' ? header[0] : header
}
