// AuthZEN over HTTP: JSON in, JSON out, a refusal of policies is 200, and the caller's request id
// comes back with every answer.
import type { IncomingMessage } from 'node:http'
import { authzenEndpoints, authzenMetadataPath } from '@countersign/contract/authzen'
import { problem } from '@countersign/contract/problems'
import type { Gateway } from '#gateway'
import { authzenBodyMaxBytes } from '#limits'
import type { Reply } from '#reply'
import { authorityText, readAuthority } from '#wire/authority'
import { authzen, type Endpoint } from './authzen.ts'
import { problemReply } from './problem-reply.ts'

/** Whether an address belongs to this API. */
export function isAuthzen(url: string): boolean {
  return url === authzenMetadataPath || Object.hasOwn(authzen, url)
}

/** Answers a call of this API; undefined for any other address. */
export function answerAuthzen(
  url: string,
  request: IncomingMessage,
  gateway: Gateway,
): Promise<Reply> | undefined {
  if (url === authzenMetadataPath) return answer(request, gateway, async () => metadata(request))
  const endpoint: Endpoint | undefined = Object.hasOwn(authzen, url) ? authzen[url] : undefined
  return endpoint === undefined
    ? undefined
    : answer(request, gateway, async () => {
        if (request.method !== 'POST') throw problem('request.malformed', 'send a `POST`')
        return endpoint(await jsonOf(request), gateway)
      })
}

async function answer(
  request: IncomingMessage,
  { metrics, log }: Gateway,
  work: () => Promise<object>,
): Promise<Reply> {
  try {
    const body = await work()
    return {
      status: 200,
      headers: { 'content-type': 'application/json', ...requestId(request) },
      body: JSON.stringify(body),
    }
  } catch (error) {
    const reply = problemReply(error, metrics)
    if (reply.status >= 500) log.error({ err: error }, 'an evaluation was not answered')
    return { ...reply, headers: { ...reply.headers, ...requestId(request) } }
  }
}

function requestId({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const id = headers['x-request-id']
  return typeof id === 'string' && /^[\x21-\x7e]{1,256}$/.test(id) ? { 'x-request-id': id } : {}
}

function metadata({ method, headers }: IncomingMessage): object {
  const authority = readAuthority(headers.host ?? '')
  if (method !== 'GET' || !authority) throw problem('request.malformed', 'send a `GET` with a host')
  const base = `http://${authorityText(authority)}`
  return {
    policy_decision_point: base,
    ...Object.fromEntries(
      Object.entries(authzenEndpoints).map(([name, path]) => [name, `${base}${path}`]),
    ),
  }
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > authzenBodyMaxBytes) {
      throw problem('request.too_large', `the body is longer than ${authzenBodyMaxBytes} bytes`)
    }
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString())
  } catch {
    throw problem('request.malformed', 'the body is not JSON')
  }
}
