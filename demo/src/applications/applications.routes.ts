// All demonstration applications behind one port, told apart by host, each behind the same check.
import { assertionHeader } from '@countersign/contract/session'
import fastify, { type FastifyInstance } from 'fastify'
import { type Asked, answer, applicationAt } from './answer.ts'
import { type Caller, verifyAssertion, type Verification } from './assertion.ts'
import type { GatewayKeys } from './keys.client.ts'
import type { WardBoard } from './ward-board.ts'

export interface Means {
  readonly keys: GatewayKeys
  /** The gateway whose word counts. */
  readonly issuer: string
  readonly clock: () => number
  readonly board: WardBoard
}

/** The part of a request that says for whom it is and who sent it. */
interface Presented {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

const bodyMaxBytes = 16 * 1024
const requestTimeoutMs = 10_000

/** The HTTP side of the applications. */
export function applicationServer(means: Means): FastifyInstance {
  const server = fastify({ bodyLimit: bodyMaxBytes, requestTimeout: requestTimeoutMs })
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => {
      done(null, new URLSearchParams(String(body)))
    },
  )
  server.all('/*', async (request, reply) => {
    const admitted = await admit(request, means)
    if (admitted.kind === 'refused') {
      return reply.code(admitted.status).send({ title: admitted.why })
    }
    const { application, caller } = admitted
    const site = request.headers['sec-fetch-site']
    const asked: Asked = {
      method: request.method,
      path: request.url.split('?', 1)[0] ?? '/',
      fields: request.body instanceof URLSearchParams ? request.body : new URLSearchParams(),
      site: typeof site === 'string' ? site : undefined,
    }
    const { board, clock } = means
    const { status, headers, body } = answer(application, asked, caller, { board, now: clock() })
    return reply.code(status).headers(headers).send(body)
  })
  return server
}

export type Admission =
  | { readonly kind: 'admitted'; readonly application: string; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly status: number; readonly why: string }

/** Finds the application of the host and verifies who asks; also for a WebSocket's handshake. */
export async function admit({ headers }: Presented, means: Means): Promise<Admission> {
  const application = applicationAt(single(headers['host']))
  if (application === undefined) {
    return { kind: 'refused', status: 421, why: 'no application answers at this host' }
  }
  const assertion = single(headers[assertionHeader])
  const { keys, issuer, clock } = means
  const check = (): Verification =>
    verifyAssertion(assertion, { keyOf: keys.keyOf, issuer, audience: application, now: clock() })
  let verification = check()
  if (verification.kind === 'unknown-key') {
    await keys.refresh()
    verification = check()
  }
  switch (verification.kind) {
    case 'verified':
      return { kind: 'admitted', application, caller: verification.caller }
    case 'unknown-key':
      return refusal('the gateway publishes no such key')
    case 'refused':
      return refusal(verification.why)
  }
}

function refusal(why: string): Admission {
  return {
    kind: 'refused',
    status: 401,
    why: `come through the gateway; this application serves nobody else: ${why}`,
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
