// A request's head as it goes over the wire. What it is made of was checked before, once where it
// came in; here nothing can leave the line it belongs on.

/** How the body is sent: none, of a known length, or in chunks. */
export type BodyFraming = { readonly kind: 'none' | 'chunked' } | BodyOfLength

interface BodyOfLength {
  readonly kind: 'length'
  readonly bytes: number
}

export interface RequestLineAndHeaders {
  readonly method: string
  /** The request target. */
  readonly path: string
  /** Names and values in turn, without those of the connection but with `content-length`. */
  readonly headers: readonly string[]
}

const token = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/
const visible = /^[\x21-\x7e\x80-\xff]+$/
const text = /^[\t\x20-\x7e\x80-\xff]*$/

// RFC 9110 §8.6: for these the absence of a body is worth saying.
const usuallyWithBody: ReadonlySet<string> = new Set([
  'POST',
  'PUT',
  'PATCH',
  'QUERY',
  'PROPFIND',
  'PROPPATCH',
])

/** The head as latin1 text. Throws where a part of it would not stay what it is. */
export function requestHead(
  { method, path, headers }: RequestLineAndHeaders,
  framing: BodyFraming,
): string {
  if (!token.test(method) || !visible.test(path)) throw unfit('the request line')
  let head = `${method} ${path} HTTP/1.1\r\n`
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    const value = headers[index + 1] ?? ''
    if (!token.test(name) || !text.test(value)) throw unfit(`the header \`${name}\``)
    // The length is what `framing` says, or there would be two.
    if (name.length === 14 && name.toLowerCase() === 'content-length') continue
    head += `${name}: ${value}\r\n`
  }
  return `${head}${framingLine(method, framing)}connection: keep-alive\r\n\r\n`
}

function framingLine(method: string, framing: BodyFraming): string {
  switch (framing.kind) {
    case 'chunked':
      return 'transfer-encoding: chunked\r\n'
    case 'length':
      return `content-length: ${framing.bytes}\r\n`
    case 'none':
      return usuallyWithBody.has(method) ? 'content-length: 0\r\n' : ''
  }
}

function unfit(what: string): Error {
  return new Error(`${what} cannot be sent as it is`)
}
