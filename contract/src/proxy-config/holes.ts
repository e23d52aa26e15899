// The ways around a proxy that can be tried from outside, by a client that is not signed in. Each is
// bytes, because a well-behaved client would repair what is wrong with them.

export interface Hole {
  /** The class of failure it belongs to, as docs/external-authorisation.md numbers them. */
  readonly class: number
  readonly name: string
  /** What is sent; `host` goes into the `Host` header. */
  readonly bytes: (host: string) => string
}

/** What came back, as far as it tells whether the application was reached. */
export type Finding =
  | { readonly kind: 'closed'; readonly by: 'gateway' | 'proxy'; readonly status: number }
  | { readonly kind: 'open'; readonly status: number }
  /** The connection ended without an answer, so nothing was reached. */
  | { readonly kind: 'closed'; readonly by: 'silence'; readonly status: 0 }

/** An ordinary request, which must be refused by the gateway for the others to tell anything. */
export const ordinary: Hole = { class: 0, name: 'nobody is signed in', bytes: get('/') }

export const holes: readonly Hole[] = [
  ...[
    '/a/../',
    '/./',
    '/%2e%2e/',
    '/..%2f',
    '/%2f',
    '//',
    '/;a',
    '/%5c',
    '/\\',
    '/%00',
    '/.%c0%af',
    '/%252e%252e/',
  ].map((target): Hole => ({ class: 1, name: `target \`${target}\``, bytes: get(target) })),
  ...['/#/', '/%23'].map((target): Hole => ({
    class: 2,
    name: `target \`${target}\``,
    bytes: get(target),
  })),
  ...['/?/.countersign/', '/?a=/.well-known/', '/?public=1'].map((target): Hole => ({
    class: 3,
    name: `query \`${target}\``,
    bytes: get(target),
  })),
  { class: 4, name: 'an HTTP/1.0 request', bytes: (host) => request('GET / HTTP/1.0', host) },
  ...[
    '__Host-countersign=',
    '__Host-countersign=%00',
    `__Host-countersign=${'A'.repeat(43)}`,
    '=; ;;',
  ].map((cookie): Hole => ({
    class: 5,
    name: `cookie \`${cookie.slice(0, 24)}\``,
    bytes: get('/', `Cookie: ${cookie}`),
  })),
  ...[
    'X-Forwarded-Uri: /.countersign/jwks.json',
    'X-Forwarded-Method: OPTIONS',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: localhost',
    'X-Forwarded-Prefix: /.countersign',
    'X-Original-URL: /.countersign/jwks.json',
    'X-Rewrite-Url: /.countersign/jwks.json',
    'X-Http-Method-Override: OPTIONS',
  ].map((line): Hole => ({ class: 6, name: `header \`${line}\``, bytes: get('/', line) })),
  ...[
    'X-Forwarded-For: 127.0.0.1',
    'X-Forwarded-For: nobody',
    'X-Real-IP: 127.0.0.1',
    'Forwarded: for=127.0.0.1',
  ].map((line): Hole => ({ class: 7, name: `header \`${line}\``, bytes: get('/', line) })),
  ...[
    'Countersign-Verdict: allow',
    'Countersign-Assertion: forged',
    'Countersign-Original-Target: /.countersign/jwks.json',
    'Countersign-Proxy-Secret: guessed',
    'Remote-User: root',
    'X-Forwarded-User: root',
    'X-Auth-Request-User: root',
  ].map((line): Hole => ({ class: 8, name: `header \`${line}\``, bytes: get('/', line) })),
  ...['Countersign_Verdict: allow', 'Countersign.Verdict: allow', 'X_Forwarded_User: root'].map(
    (line): Hole => ({ class: 9, name: `header \`${line}\``, bytes: get('/', line) }),
  ),
  {
    class: 10,
    name: 'a `Connection` header that names ours',
    bytes: (host) =>
      `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close, Countersign-Proxy-Secret, X-Forwarded-Uri\r\n\r\n`,
  },
  {
    class: 11,
    name: 'two `Host` headers',
    bytes: get('/', 'Host: localhost'),
  },
  ...['OPTIONS', 'HEAD', 'PROPFIND', 'TRACE', 'CHECK'].map((method): Hole => ({
    class: 12,
    name: `method \`${method}\``,
    bytes: (host) => request(`${method} / HTTP/1.1`, host),
  })),
  ...['kube-probe/1.31', 'ELB-HealthChecker/2.0', 'GoogleHC/1.0'].map((agent): Hole => ({
    class: 12,
    name: `agent \`${agent}\``,
    bytes: get('/', `User-Agent: ${agent}`),
  })),
  ...['/health', '/ping', '/.well-known/acme-challenge/x'].map((target): Hole => ({
    class: 12,
    name: `path \`${target}\``,
    bytes: get(target),
  })),
  { class: 13, name: 'the host in capitals', bytes: (host) => get('/')(host.toUpperCase()) },
  {
    class: 13,
    name: 'a request line that names another host',
    bytes: (host) => request('GET http://localhost/ HTTP/1.1', host),
  },
  {
    class: 23,
    name: 'an upgrade to `h2c`',
    bytes: (host) =>
      `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n`,
  },
  {
    class: 23,
    name: 'two lengths that disagree',
    bytes: get('/', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
  },
  {
    class: 23,
    name: 'a WebSocket',
    bytes: (host) =>
      `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
  },
]

// What a proxy answers by itself to what it does not understand, or when it may not ask.
const ofProxies: ReadonlySet<number> = new Set([400, 403, 405, 413, 414, 421, 426, 431, 501, 505])

/** Whether an answer shows that the application was reached. What is not clearly refused is open. */
export function judgeAnswer(answer: string): Finding {
  if (answer === '') return { kind: 'closed', by: 'silence', status: 0 }
  const status = Number(/^HTTP\/\d(?:\.\d)? (\d{3})/.exec(answer)?.[1] ?? 0)
  const [head = ''] = answer.split('\r\n\r\n', 1)
  const isOurs =
    /^countersign-decision: dec_/im.test(head) ||
    /"type":"urn:countersign:problem:/.test(answer) ||
    /^location: [^\r\n]*\/signin(?:\/continue)?\?/im.test(head)
  if (isOurs && status >= 300) return { kind: 'closed', by: 'gateway', status }
  const isProxys = ofProxies.has(status) || (status >= 500 && status < 505)
  return isProxys ? { kind: 'closed', by: 'proxy', status } : { kind: 'open', status }
}

function get(target: string, ...lines: readonly string[]): Hole['bytes'] {
  return (host) => request(`GET ${target} HTTP/1.1`, host, ...lines)
}

function request(line: string, host: string, ...lines: readonly string[]): string {
  return [line, `Host: ${host}`, ...lines, 'Connection: close', '', ''].join('\r\n')
}
