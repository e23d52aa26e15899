// The server, put together from its parts. Everything it needs of the world comes in; what comes
// back is a way to stop it.
import type { Authoring } from '@countersign/authoring/authoring'
import type { DecisionRecord } from '@countersign/contract/decision'
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
import type { Dependencies, SigninDependencies } from '#http/dependencies'
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
import { signOnRoutes } from '#pillars/applications/sign-on.routes'
import { automationRoutes } from '#pillars/automation/automation.routes'
import { dataRoutes } from '#pillars/data/data.routes'
import { devicesRoutes } from '#pillars/devices/devices.routes'
import { endMemberships, membershipsEveryMs } from '#pillars/identity/access-requests.job'
import { accessRequestRoutes } from '#pillars/identity/access-requests.routes'
import { identityRoutes } from '#pillars/identity/identity.routes'
import { gatewayKind, Gateways } from '#pillars/networks/gateways'
import { networksRoutes } from '#pillars/networks/networks.routes'
import { keepInParts } from '#pillars/visibility/decisions.store'
import { DecisionLog } from '#pillars/visibility/log'
import { visibilityRoutes } from '#pillars/visibility/visibility.routes'
import { bootstrapDrafts } from '#policies/bootstrap'
import { ownPolicyFiles } from '#policies/own-policies.file'
import { policiesRoutes } from '#policies/policies.routes'
import { readSet, type ReadPolicies } from '#policies/release'
import { breakGlassRoutes } from '#signin/break-glass/break-glass.routes'
import { watchBreakGlass } from '#signin/break-glass/watch'
import { cadenceRoutes } from '#signin/cadence/cadence.routes'
import { ownFilesOf } from '#signin/cadence/own-files.store'
import { frictionRoutes } from '#signin/friction/friction.routes'
import { handoffRoutes } from '#signin/handoff.routes'
import { DiscoveredProviders } from '#signin/federation/oidc/discovered.client'
import { recheck, recheckEveryMs } from '#signin/federation/oidc/recheck'
import { identitySelfRoutes } from '#signin/self.routes'
import { sessionRoutes } from '#signin/session.routes'
import { signinSweepEveryMs, sweepSignin } from '#signin/signin.job'
import { withConsequences } from '#signin/openid-provider/answers'
import { openIdProvider } from '#signin/openid-provider/openid-provider'
import { openIdMount } from '#signin/openid-provider/openid-provider.routes'
import { sessionEnds, sessionEndsEveryMs } from '#signin/openid-provider/session-ends.job'
import { fetchOutward } from '#signin/openid-provider/outward.client'
import { Visits } from '#signin/openid-provider/visit'
import { postSoap } from '#signin/saml/soap.client'
import { samlRoutes } from '#signin/saml/saml.routes'
import { samlToldEveryMs, tellSamlApplications } from '#signin/saml/told'
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
  const besideFiles = await ownPolicyFiles()
  const ownFiles = () => ownFilesOf(db, besideFiles)
  const ids = { now, randomBytes }
  await ledger.write(
    'Workload::"countersign"',
    bootstrapDrafts(ledger.estate, {
      publicUrl: settings.publicUrl,
      listen: settings.serverListen,
      ownPolicies: await readSet(await ownFiles(), readPolicies),
      ids,
    }),
  )

  const dependencies: Dependencies = { store, ledger, settings, now, randomBytes, log }
  const signin: SigninDependencies = { ...dependencies, masterKey: master }
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
  watchBreakGlass(ledger, { log, counted: (isDrill) => metrics.breakGlassUsed(isDrill) })
  const decisions = new DecisionLog({
    keep: (records) => keepInParts(store, records),
    counted: (count) => metrics.kept(count),
  })
  const permit = {
    estate: ledger.estate,
    ids,
    keep: (record: DecisionRecord) => decisions.keep([record]),
    consoleHost: settings.publicUrl.hostname,
    clockNs: options.clockNs,
  }
  const openId = {
    ...dependencies,
    publicUrl: settings.publicUrl,
    visits: new Visits(),
    judge: permit,
    masterKey: master,
    source: ids,
    fetch: fetchOutward,
  }
  const currentProvider = openIdProvider(openId, (own) => withConsequences(openId, own))
  const shared: Omit<AppOptions, 'console' | 'control' | 'identify' | 'mounts'> = {
    implementations: [
      ...signinRoutes(signin),
      ...tokenExchangeRoutes({ ...signin, issuers, key }),
      ...identitySelfRoutes(signin),
      ...handoffRoutes(signin),
      ...sessionRoutes(signin),
      ...breakGlassRoutes(signin),
      ...frictionRoutes(signin),
      ...cadenceRoutes({ ...dependencies, readPolicies }),
      ...identityRoutes(dependencies),
      ...accessRequestRoutes(dependencies),
      ...devicesRoutes(dependencies),
      ...networksRoutes({ ...dependencies, gateways, decisions, feedKey: key.publicKey }),
      ...feedRoutes({ feed, ledger, gateways, now }),
      ...applicationsRoutes({ ...dependencies, reach, gateways }),
      ...credentialsRoutes({ ...dependencies, gateways, masterKey: master, feedKey: key }),
      ...signOnRoutes(dependencies),
      ...samlRoutes({ ...signin, judging: permit }),
      ...dataRoutes(dependencies),
      ...visibilityRoutes({ ...dependencies, decisions, gateways }),
      ...automationRoutes(dependencies),
      ...policiesRoutes({ ...dependencies, readPolicies, ownFiles }),
    ],
    permit,
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
    mounts: [],
    control: true,
    identify: async () => ({ kind: 'operator' }),
  })
  const onNetwork = await createApp({
    ...shared,
    console: options.console,
    mounts: [openIdMount({ ...openId, current: currentProvider })],
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
  const rechecked = new DiscoveredProviders()
  const ends = [
    repeat({ everyMs: heartbeatMs, what: 'feed', log }, async () => feed.beat()),
    repeat({ everyMs: signinSweepEveryMs, what: 'sign-in', log }, () => sweepSignin(signin)),
    repeat({ everyMs: membershipsEveryMs, what: 'memberships', log }, () =>
      endMemberships(dependencies),
    ),
    repeat({ everyMs: recheckEveryMs, what: 'accounts at providers', log }, () =>
      recheck({ ...signin, discovered: rechecked }),
    ),
    repeat({ everyMs: samlToldEveryMs, what: 'SAML logout', log }, () =>
      tellSamlApplications({ ...signin, postSoap }),
    ),
    repeat(
      { everyMs: sessionEndsEveryMs, what: 'sign-out', log },
      sessionEnds({
        ...dependencies,
        tellOf: async (ended) => (await currentProvider()).tellOf(ended),
      }),
    ),
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
