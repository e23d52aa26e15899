// Where a `CONNECT` leads is said twice, in its target and in `Host`, and both must say the same
// host and port (RFC 9112 §3.2.3). The text only selects an application; nobody resolves it.
import type { RequestHead, Understood } from '#exchange'
import { type Authority, readAuthority } from '#wire/authority'

export type ConnectTarget =
  | (Understood & { readonly kind: 'understood' })
  | { readonly kind: 'fault'; readonly fault: ConnectFault; readonly detail: string }

/** What can be wrong with a `CONNECT`, by the name under which it is counted. */
type ConnectFault =
  | 'connect_version'
  | 'connect_body'
  | 'connect_early_bytes'
  | 'connect_form'
  | 'connect_user_information'
  | 'connect_port'
  | 'connect_host'
  | 'connect_two_hosts'

/** Reads a `CONNECT`. `head` is what the client sent behind it. */
export function readConnect(request: RequestHead, head: Buffer): ConnectTarget {
  const { url = '', headers, httpVersion } = request
  if (httpVersion !== '1.1') {
    return fault('connect_version', 'a tunnel begins with an HTTP/1.1 `CONNECT`')
  }
  if (headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined) {
    return fault('connect_body', 'a `CONNECT` has no body (RFC 9110 §9.3.6)')
  }
  if (head.length > 0) {
    return fault('connect_early_bytes', 'wait for the answer before you send into the tunnel')
  }
  if (/[/?#\s\\]/.test(url)) {
    return fault('connect_form', 'the target of a `CONNECT` is `host:port` and nothing else')
  }
  if (url.includes('@')) {
    return fault('connect_user_information', 'the target of a `CONNECT` names no user')
  }
  if (!/:[1-9]\d{0,4}$/.test(url)) {
    return fault('connect_port', 'the target of a `CONNECT` ends with a port from 1 to 65535')
  }
  const authority = readAuthority(url)
  if (!authority) {
    return Number(/\d+$/.exec(url)?.[0]) > 65_535
      ? fault('connect_port', 'the target of a `CONNECT` ends with a port from 1 to 65535')
      : fault('connect_host', 'the target of a `CONNECT` is not a host name with a port')
  }
  const named = readAuthority(headers.host ?? '')
  if (!named || !isSame(named, authority)) {
    return fault(
      'connect_two_hosts',
      'the `Host` header does not say the same host and port as the target',
    )
  }
  return { kind: 'understood', authority, target: { raw: url, path: '' } }
}

function isSame(left: Authority, right: Authority): boolean {
  return left.name === right.name && left.port === right.port
}

function fault(kind: ConnectFault, detail: string): ConnectTarget {
  return { kind: 'fault', fault: kind, detail }
}
