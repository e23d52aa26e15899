// Headers of every answer, so that a browser gives a page no more than it needs.

/**
 * The console is our own script and nothing else. Styles may stand in the page, because its
 * component library writes them there; a style cannot act.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), geolocation=(), microphone=()',
  // A return address is part of some URLs; no other site needs to see it.
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** Whether a state-changing request was made by a page of another site (Fetch Metadata, RFC 6454). */
export function isCrossSite(
  headers: { readonly origin?: string | undefined; readonly site?: string | undefined },
  ownOrigin: string,
): boolean {
  const { origin, site } = headers
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  return origin !== undefined && origin !== ownOrigin
}
