// The head of an HTTP/2 request in the form every step reads. HTTP/2 has other ways to say who and
// what; whatever could be understood differently by an application behind HTTP/1.1 is left so that
// the first step refuses it. What RFC 9113 §8.2.2 forbids, headers of a connection, has ended the
// stream before.
import type { IncomingHttpHeaders } from 'node:http2'
import type { RequestHead } from '#exchange'

/** Maps a request's headers. `raw` are names and values in turn, pseudo headers among them. */
export function requestHead(headers: IncomingHttpHeaders, raw: readonly string[]): RequestHead {
  const { ':method': method, ':path': path, ':scheme': scheme, ':authority': authority } = headers
  const regular: Record<string, string | string[] | undefined> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(':')) regular[name] = value
  }
  const rawHeaders: string[] = []
  if (authority !== undefined) {
    rawHeaders.push('host', authority)
    // RFC 9113 §8.3.1: a `host` that says the same says nothing; another one makes two of them.
    if (headers.host !== undefined && headers.host !== authority) {
      rawHeaders.push('host', headers.host)
    }
    regular['host'] = authority
  } else if (headers.host !== undefined) rawHeaders.push('host', headers.host)
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? ''
    // RFC 9113 §8.2.3: crumbs of one cookie are put together before they go on.
    if (name.startsWith(':') || name === 'cookie' || name === 'host') continue
    rawHeaders.push(name, raw[index + 1] ?? '')
  }
  if (headers.cookie !== undefined) rawHeaders.push('cookie', headers.cookie)
  return {
    method: method ?? '',
    // Another scheme than that of this connection has no target to decide about.
    url: scheme === 'https' ? (path ?? '') : '',
    httpVersion: '2',
    headers: regular,
    rawHeaders,
  }
}
