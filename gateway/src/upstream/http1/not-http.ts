// An application that breaks HTTP is not understood by guessing.

/** What an application sent is not HTTP/1.1 as RFC 9112 defines it, or larger than we take. */
export class NotHttp extends Error {
  override readonly name = 'NotHttp'
  readonly code = 'ERR_UPSTREAM_NOT_HTTP'
}
