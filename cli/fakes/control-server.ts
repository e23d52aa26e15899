// A server as the command sees it: the control socket with the few routes that the command calls.
// It speaks the contract, remembers what it was asked, and can break off.
import { api } from '@countersign/contract/api'
import type { ApplicationCheck } from '@countersign/contract/api/inventory'
import {
  type DecisionRecord,
  type DecisionSummary,
  summarise,
} from '@countersign/contract/decision'
import type { Application } from '@countersign/contract/documents'
import { type ProblemCode, problemDetails, problems } from '@countersign/contract/problems'
import type { Route } from '@countersign/contract/route'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { rm } from 'node:fs/promises'

export interface FakeState {
  ready: boolean
  setupNeeded: boolean
  decisions: DecisionRecord[]
  /** Makes every call but readiness end with this problem. */
  problem?: ProblemCode
  applications: readonly Application[]
  /** What the checklist of the application `payroll` says. */
  checks: ApplicationCheck[]
  /** Answers by method and path, such as `GET /api/identity/factors`, before any other. */
  answers: Readonly<Record<string, object>>
  /** Every body so far, one behind the other. */
  sent: string
  gateways: {
    id: string
    name: string
    sequence: number
    seenAt: number
    behind: number
    failing: { application: string; since: number; why: string }[]
  }[]
}

export interface FakeServer extends AsyncDisposable {
  readonly state: FakeState
  /** Method and path with query of every request so far. */
  readonly asked: string[]
  /** Sends a new decision to everyone who follows, and keeps it. */
  decide(record: DecisionRecord): void
  /** Resolves once `count` readers follow the stream. */
  followed(count: number): Promise<void>
  /** Breaks every connection off. */
  breakOff(): void
}

/** Listens on the socket; a stale file is replaced. */
export async function startFakeServer(
  socketPath: string,
  given: Partial<FakeState> = {},
): Promise<FakeServer> {
  const state: FakeState = {
    ready: true,
    setupNeeded: false,
    decisions: [],
    checks: [],
    answers: {},
    sent: '',
    applications: [],
    gateways: [{ id: 'gw_one', name: 'gateway', sequence: 12, seenAt: 0, behind: 0, failing: [] }],
    ...given,
  }
  const asked: string[] = []
  const followers = new Set<{ response: ServerResponse; query: URLSearchParams }>()
  const arrivals: { count: number; resolve: () => void }[] = []

  const answers: readonly (readonly [Route, (query: URLSearchParams) => object])[] = [
    [
      api.signin.offer,
      () => ({
        organisation: 'Harbour Health',
        setupNeeded: state.setupNeeded,
        personas: [],
        providers: [],
        findsProviders: false,
        appCode: false,
      }),
    ],
    [
      api.identity.issueSetupLink,
      () => ({ url: 'http://countersign.localhost:7400/setup#lnk', expiresAt: 1_772_500_000_000 }),
    ],
    [api.networks.invite, () => ({ token: 'one-time-token', expiresAt: 1_772_400_000_000 })],
    [
      api.networks.gateways,
      () => ({
        gateways: state.gateways.map(({ id, name, failing }) => ({
          id,
          name,
          enrolledAt: 1,
          failing,
        })),
      }),
    ],
    [
      api.applications.applications,
      (query) => pageOf(state.applications, query.get('after') ?? ''),
    ],
    [api.visibility.overview, () => overviewOf(state)],
    [
      api.visibility.decisions,
      (query) => ({
        decisions: state.decisions
          .map((record) => summarise(record))
          .filter((it) => matches(it, query))
          .toReversed()
          .slice(0, Number(query.get('limit') ?? 50)),
      }),
    ],
  ]

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://fake')
    asked.push(`${request.method} ${request.url}`)
    request.on('data', (chunk: Buffer) => (state.sent += chunk.toString()))
    const send = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    const refuse = (code: ProblemCode): void => {
      send(problems[code].status, problemDetails(code))
    }
    if (pathname === '/readyz') {
      send(state.ready ? 200 : 503, {})
      return
    }
    if (state.problem) {
      refuse(state.problem)
      return
    }
    if (pathname === api.visibility.stream.path) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(': hello\n\n')
      const follower = { response, query }
      followers.add(follower)
      response.on('close', () => followers.delete(follower))
      for (const it of arrivals) if (followers.size >= it.count) it.resolve()
      return
    }
    const given = state.answers[`${request.method} ${pathname}`]
    if (given) {
      send(200, given)
      return
    }
    const found = answers.find(
      ([route]) => route.method === request.method && route.path === pathname,
    )
    if (found) {
      send(200, found[1](query))
      return
    }
    if (pathname === '/api/applications/payroll/check') {
      const ready = state.checks.every(({ passed }) => passed)
      send(200, { application: 'payroll', ready, checks: state.checks })
      return
    }
    if (pathname === '/api/applications/payroll/credentials') {
      const whose = { application: 'payroll', ...Object.fromEntries(query) }
      const credentials = [{ person: 'ada', setAt: 1_772_355_600_000, setBy: 'Person::"bob"' }]
      send(200, request.method === 'GET' ? { credentials } : whose)
      return
    }
    const record = state.decisions.find(({ id }) => pathname === `/api/visibility/decisions/${id}`)
    if (record)
      send(200, {
        record,
        policies: [
          { id: 'payroll-hr', text: 'permit (principal, action, resource);\n', annotations: {} },
        ],
      })
    else
      refuse(
        pathname.startsWith('/api/visibility/decisions/')
          ? 'visibility.decision_not_found'
          : 'request.not_found',
      )
  })
  await rm(socketPath, { force: true })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))

  return {
    state,
    asked,
    decide(record) {
      state.decisions.push(record)
      const summary = summarise(record)
      for (const { response, query } of followers) {
        if (matches(summary, query)) response.write(`data: ${JSON.stringify(summary)}\n\n`)
      }
    },
    async followed(count) {
      if (followers.size >= count) return
      await new Promise<void>((resolve) => arrivals.push({ count, resolve }))
    },
    breakOff() {
      server.closeAllConnections()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Pages of two, so that a caller must go on. */
function pageOf(applications: readonly Application[], after: string): object {
  const left = applications.filter(({ id }) => id > after)
  const items = left.slice(0, 2)
  const next = left.length > 2 ? items.at(-1)?.id : undefined
  return { items, total: applications.length, ...(next === undefined ? {} : { next }) }
}

function matches(summary: DecisionSummary, query: URLSearchParams): boolean {
  const verdict = query.get('verdict')
  const application = query.get('application')
  const principal = query.get('principal')
  return (
    (verdict === null || summary.verdict === verdict) &&
    (application === null || summary.resource.id === application) &&
    (principal === null || summary.principal.id === principal) &&
    (query.get('own') === '1' || summary.resource.id !== 'countersign')
  )
}

function overviewOf({ gateways, decisions }: FakeState): object {
  return {
    organisation: 'Harbour Health',
    at: 1_772_355_600_000,
    counts: {
      people: 1200,
      workloads: 2500,
      groups: 80,
      devices: 900,
      applications: 40,
      hosts: 60,
      datasets: 25,
      sessions: 3,
      policies: 17,
      decisions: decisions.length,
    },
    release: { id: 'rel_three', number: 3, createdAt: 1_772_348_400_000 },
    gateways,
    hours: [
      { at: 1_772_200_000_000, allow: 1000, deny: 1000, stepUp: 1000 },
      { at: 1_772_352_000_000, allow: 1200, deny: 34, stepUp: 5 },
    ],
    refusedMost: [],
  }
}
