// Plain http, where people still type it: whoever comes is told the address with https and nothing
// else. No cookie is looked at and nothing is decided, because whatever came was readable.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { problemDetails } from '@countersign/contract/problems'
import type { Gateway } from '#gateway'
import { connectionsMaxCount, headMaxBytes, headTimeoutMs } from '#limits'
import { readAuthority } from '#wire/authority'
import { isPathToReturnTo, publicOrigin } from '#steps/public-address'

/** A server, not yet listening, that sends every visitor of a host we serve to https. */
export function redirectListener({
  facts,
  enrolment,
}: Pick<Gateway, 'facts' | 'enrolment'>): Server {
  const secureAddress = ({ headers, url = '' }: IncomingMessage): string | undefined => {
    const host = readAuthority(headers.host ?? '')
    const isServed = host && facts.current?.applicationAt(host.name)?.upstream !== undefined
    if (!isServed || !enrolment.current) return undefined
    const origin = new URL(publicOrigin(enrolment.current, host.name))
    origin.protocol = 'https:'
    return `${origin.origin}${isPathToReturnTo(url) ? url : '/'}`
  }
  const server = createServer(
    {
      maxHeaderSize: headMaxBytes,
      headersTimeout: headTimeoutMs,
      requestTimeout: headTimeoutMs,
      requireHostHeader: false,
    },
    (request: IncomingMessage, response: ServerResponse) => {
      const location = secureAddress(request)
      const isRead = /^(?:GET|HEAD)$/.test(request.method ?? '')
      const { status, headers, body } =
        location !== undefined && isRead
          ? { status: 308, headers: { location }, body: '' }
          : refusal(location === undefined)
      // A body that follows is not waited for.
      response.writeHead(status, { ...headers, 'cache-control': 'no-store', connection: 'close' })
      response.end(body)
    },
  )
  server.maxConnections = connectionsMaxCount
  return server
}

function refusal(isUnknownHost: boolean) {
  const details = isUnknownHost
    ? problemDetails('route.unknown_host')
    : problemDetails('request.malformed', {
        detail: 'only https is served here; plain http is redirected for reading alone',
      })
  return {
    status: details.status,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify(details),
  }
}
