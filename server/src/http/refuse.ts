// Every answer that is not a success is a row of the catalogue, as problem+json (RFC 9457).
import { STATUS_CODES } from 'node:http'
import { oauthError } from '@countersign/contract/oauth-error'
import {
  Problem,
  problem,
  problemDetails,
  type ProblemDetails,
} from '@countersign/contract/problems'
import type { Route } from '@countersign/contract/route'
import { meaningOf } from '#store/fault'

export const problemMediaType = 'application/problem+json'

/**
 * The body of a problem's answer. As bytes, because Fastify would add a charset to a text, and
 * JSON has none (RFC 8259 §11).
 */
export function problemBody(found: Problem, requestId: string, dialect?: Route['dialect']): Buffer {
  const details = found.toDetails(requestId)
  return Buffer.from(JSON.stringify(dialect === 'oauth' ? oauthError(details) : details))
}

/** The problem that an error is to the caller. `server.unexpected` is a bug and belongs in the log. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  const { code, statusCode } = Object(error) as {
    readonly code?: unknown
    readonly statusCode?: unknown
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return problem('request.too_large')
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return problem('request.malformed', malformedDetail(code))
  }
  switch (meaningOf(error)) {
    case 'unavailable':
      return problem('server.store_unavailable')
    case 'unstorable':
      return problem('request.malformed', 'a text contains a character that cannot be stored')
    case undefined:
      return problem('server.unexpected')
  }
}

// Fastify names its refusals by code; what it says of them may repeat what the caller sent.
function malformedDetail(code: unknown): string {
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return 'the body must be JSON, with `content-type: application/json`'
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return 'the body is empty'
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return 'the body is not as long as `content-length` says'
    case 'FST_ERR_BAD_URL':
      return 'the path is not a valid URL path'
    default:
      return 'the body is not valid JSON'
  }
}

interface SocketRefusal {
  readonly code?: string
}

/** The answer to bytes that never became a request, written on the bare socket. */
export function refusalOnSocket({ code }: SocketRefusal): string {
  const details: ProblemDetails =
    code === 'HPE_HEADER_OVERFLOW'
      ? problemDetails('request.headers_too_large')
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? problemDetails('request.timeout')
        : problemDetails('request.malformed')
  const body = JSON.stringify(details)
  return [
    `HTTP/1.1 ${details.status} ${STATUS_CODES[details.status] ?? ''}`,
    `content-type: ${problemMediaType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n')
}
