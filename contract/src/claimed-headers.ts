// Headers with which a client could pass for someone or somewhere else. The gateway removes them
// before a request reaches an application, and has the proxies that ask it remove them too.

interface ClaimedHeader {
  /** In lower case. A name that ends with `*` stands for every name that begins so. */
  readonly name: string
  readonly reason: string
  /** Members of a family that are in use, for proxies that can only remove a header by its name. */
  readonly known?: readonly string[]
}

const claimsIdentity = 'an application might take it for the identity we or another proxy assert'
const claimsOrigin = 'it claims where the request came from or went to; we say that ourselves'
const overrides = 'it makes an application act on another target or method than the one decided'

/** Each with its reason. */
export const claimedHeaders: readonly ClaimedHeader[] = [
  {
    name: 'countersign-*',
    reason: 'only we speak in our name',
    known: [
      'countersign-assertion',
      'countersign-decision',
      'countersign-sequence',
      'countersign-verdict',
      'countersign-cookie',
      'countersign-answer',
    ],
  },
  {
    name: 'x-countersign-*',
    reason: 'only we speak in our name',
    known: ['x-countersign-assertion', 'x-countersign-user'],
  },

  {
    name: 'x-forwarded-*',
    reason: claimsOrigin,
    known: [
      'x-forwarded-access-token',
      'x-forwarded-by',
      'x-forwarded-client-cert',
      'x-forwarded-email',
      'x-forwarded-for',
      'x-forwarded-groups',
      'x-forwarded-host',
      'x-forwarded-method',
      'x-forwarded-path',
      'x-forwarded-port',
      'x-forwarded-prefix',
      'x-forwarded-preferred-username',
      'x-forwarded-proto',
      'x-forwarded-protocol',
      'x-forwarded-scheme',
      'x-forwarded-server',
      'x-forwarded-ssl',
      'x-forwarded-uri',
      'x-forwarded-url',
      'x-forwarded-user',
    ],
  },
  { name: 'forwarded', reason: claimsOrigin },
  { name: 'x-real-ip', reason: claimsOrigin },
  { name: 'x-client-ip', reason: claimsOrigin },
  { name: 'client-ip', reason: claimsOrigin },
  { name: 'true-client-ip', reason: claimsOrigin },
  { name: 'x-cluster-client-ip', reason: claimsOrigin },
  { name: 'x-originating-ip', reason: claimsOrigin },
  { name: 'x-remote-ip', reason: claimsOrigin },
  { name: 'x-remote-addr', reason: claimsOrigin },
  { name: 'remote-addr', reason: claimsOrigin },
  {
    name: 'cf-connecting-ip*',
    reason: claimsOrigin,
    known: ['cf-connecting-ip', 'cf-connecting-ipv6'],
  },
  { name: 'fastly-client-ip', reason: claimsOrigin },
  { name: 'x-azure-clientip', reason: claimsOrigin },
  { name: 'x-azure-socketip', reason: claimsOrigin },
  {
    name: 'x-envoy-*',
    reason: claimsOrigin,
    known: ['x-envoy-external-address', 'x-envoy-original-path', 'x-envoy-internal'],
  },

  { name: 'remote-user', reason: claimsIdentity },
  { name: 'x-remote-user*', reason: claimsIdentity, known: ['x-remote-user'] },
  { name: 'x-remote-group*', reason: claimsIdentity, known: ['x-remote-group', 'x-remote-groups'] },
  { name: 'x-remote-extra-*', reason: claimsIdentity, known: [] },
  {
    name: 'x-webauth-*',
    reason: claimsIdentity,
    known: ['x-webauth-user', 'x-webauth-email', 'x-webauth-name', 'x-webauth-groups'],
  },
  {
    name: 'x-auth-request-*',
    reason: claimsIdentity,
    known: [
      'x-auth-request-access-token',
      'x-auth-request-email',
      'x-auth-request-groups',
      'x-auth-request-preferred-username',
      'x-auth-request-redirect',
      'x-auth-request-user',
    ],
  },
  {
    name: 'x-authenticated-*',
    reason: claimsIdentity,
    known: ['x-authenticated-user', 'x-authenticated-userid'],
  },
  {
    name: 'x-authentik-*',
    reason: claimsIdentity,
    known: [
      'x-authentik-email',
      'x-authentik-groups',
      'x-authentik-name',
      'x-authentik-uid',
      'x-authentik-username',
    ],
  },
  { name: 'remote-email', reason: claimsIdentity },
  { name: 'remote-groups', reason: claimsIdentity },
  { name: 'remote-name', reason: claimsIdentity },
  {
    name: 'x-pomerium-*',
    reason: claimsIdentity,
    known: [
      'x-pomerium-claim-email',
      'x-pomerium-claim-groups',
      'x-pomerium-claim-user',
      'x-pomerium-jwt-assertion',
    ],
  },
  {
    name: 'x-goog-authenticated-user-*',
    reason: claimsIdentity,
    known: ['x-goog-authenticated-user-email', 'x-goog-authenticated-user-id'],
  },
  { name: 'x-goog-iap-*', reason: claimsIdentity, known: ['x-goog-iap-jwt-assertion'] },
  {
    name: 'x-ms-client-principal*',
    reason: claimsIdentity,
    known: ['x-ms-client-principal', 'x-ms-client-principal-id', 'x-ms-client-principal-name'],
  },
  {
    name: 'x-amzn-oidc-*',
    reason: claimsIdentity,
    known: ['x-amzn-oidc-accesstoken', 'x-amzn-oidc-data', 'x-amzn-oidc-identity'],
  },
  {
    name: 'cf-access-*',
    reason: claimsIdentity,
    known: ['cf-access-authenticated-user-email', 'cf-access-jwt-assertion'],
  },
  {
    name: 'ssl-client-*',
    reason: claimsIdentity,
    known: ['ssl-client-cert', 'ssl-client-s-dn', 'ssl-client-verify'],
  },
  {
    name: 'x-ssl-*',
    reason: claimsIdentity,
    known: ['x-ssl-cert', 'x-ssl-client-cert', 'x-ssl-client-dn', 'x-ssl-client-verify'],
  },
  {
    name: 'x-client-cert*',
    reason: claimsIdentity,
    known: ['x-client-cert', 'x-client-certificate'],
  },
  { name: 'x-client-verify', reason: claimsIdentity },
  { name: 'client-cert*', reason: claimsIdentity, known: ['client-cert', 'client-cert-chain'] },

  {
    name: 'x-original-*',
    reason: overrides,
    known: [
      'x-original-forwarded-for',
      'x-original-host',
      'x-original-method',
      'x-original-uri',
      'x-original-url',
    ],
  },
  { name: 'x-rewrite-url', reason: overrides },
  { name: 'x-host', reason: overrides },
  { name: 'x-http-host-override', reason: overrides },
  {
    name: 'x-http-method*',
    reason: overrides,
    known: ['x-http-method', 'x-http-method-override'],
  },
  { name: 'x-method-override', reason: overrides },
  { name: 'x-accel-*', reason: overrides, known: ['x-accel-redirect'] },
  { name: 'proxy', reason: 'programs started by an application read it as `HTTP_PROXY`' },
]

/** Every claimed header by a full name, for proxies that know no families. */
export function claimedNames(): readonly string[] {
  return claimedHeaders.flatMap(({ name, known }) => known ?? [name])
}
