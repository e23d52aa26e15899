// One question to an application, in nobody's name: it carries no session, no assertion and no
// credential, so that whoever answers it learns nothing about anyone.
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import type { UpstreamTls } from '#upstream/trust'
import type { Askable } from './health.ts'

export interface Probe {
  readonly application: Askable
  readonly tls: UpstreamTls
  readonly timeoutMs: number
  readonly headMaxBytes: number
  readonly signal: AbortSignal
}

/** Why the application does not work; undefined where it does. Never rejects. */
export function probe(it: Probe): Promise<string | undefined> {
  const { application, tls, timeoutMs, headMaxBytes, signal } = it
  const { upstreamHealth, hosts } = application
  const url = new URL(application.upstream)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)({
      host,
      servername: isIP(host) === 0 ? host : '',
      ...tls,
      port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
      path: upstreamHealth.path,
      method: 'GET',
      agent: false,
      maxHeaderSize: headMaxBytes,
      signal,
      headers: {
        // As visitors would name it, for applications that serve several names.
        host: hosts[0] ?? url.host,
        'user-agent': 'countersign-health',
        connection: 'close',
      },
    })
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)),
      timeoutMs,
    )
    request.on('response', (answer) => {
      resolve(faultOf(answer.statusCode ?? 0, upstreamHealth.expect))
      // The body says nothing that counts, and may be long.
      request.destroy()
    })
    request.on('error', (error) => resolve(error.message))
    request.on('close', () => {
      clearTimeout(timer)
      resolve('the connection ended without an answer')
    })
    request.end()
  })
}

function faultOf(status: number, expected: number | undefined): string | undefined {
  const isExpected = expected === undefined ? status >= 200 && status < 300 : status === expected
  return isExpected ? undefined : `it answered ${status}`
}
