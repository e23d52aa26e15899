// The names of SAML 2.0 that both sides of it use (OASIS saml-core, saml-bindings, saml-metadata).

/** Namespaces. */
export const ns = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
  soap: 'http://schemas.xmlsoap.org/soap/envelope/',
} as const

export const bindings = {
  redirect: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
  post: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
  soap: 'urn:oasis:names:tc:SAML:2.0:bindings:SOAP',
} as const

export const nameIdFormats = {
  persistent: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  email: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
  unspecified: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
  entity: 'urn:oasis:names:tc:SAML:2.0:nameid-format:entity',
} as const

const status = 'urn:oasis:names:tc:SAML:2.0:status'
export const statuses = {
  success: `${status}:Success`,
  requester: `${status}:Requester`,
  responder: `${status}:Responder`,
  versionMismatch: `${status}:VersionMismatch`,
  noPassive: `${status}:NoPassive`,
  requestDenied: `${status}:RequestDenied`,
  authnFailed: `${status}:AuthnFailed`,
  noAuthnContext: `${status}:NoAuthnContext`,
  invalidNameIdPolicy: `${status}:InvalidNameIDPolicy`,
  partialLogout: `${status}:PartialLogout`,
} as const

const classes = 'urn:oasis:names:tc:SAML:2.0:ac:classes'
/** Authentication context classes (saml-authn-context), and that of the REFEDS MFA profile. */
export const contexts = {
  unspecified: `${classes}:unspecified`,
  password: `${classes}:PasswordProtectedTransport`,
  timeSyncToken: `${classes}:TimeSyncToken`,
  twoFactor: `${classes}:MobileTwoFactorContract`,
  x509: `${classes}:X509`,
  smartcardPki: `${classes}:SmartcardPKI`,
  refedsMfa: 'https://refeds.org/profile/mfa',
} as const

export const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'
export const attributeNameFormats = {
  basic: 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic',
  uri: 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri',
} as const

/** Reads an instant as SAML writes it, in milliseconds; NaN where it is none (saml-core §1.3.3). */
export function readInstant(text: string): number {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(text)
    ? Date.parse(text)
    : Number.NaN
}

/** Writes an instant, to the second, rounded down. */
export function instantText(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z')
}
