// Asking an application without a browser (saml-bindings §3.2): one message in an envelope there, one
// in an envelope back, and neither long nor large.
const answerMaxMs = 5_000
const answerMaxBytes = 64 * 1024

/**
 * Posts an envelope.
 * @returns the body of a 200.
 * @throws Error where anything else happens, also a redirect.
 */
export async function postSoap(address: string, envelope: string): Promise<string> {
  const response = await fetch(address, {
    method: 'POST',
    headers: {
      'content-type': 'text/xml; charset=utf-8',
      // saml-bindings §3.2.3.2.
      soapaction: 'http://www.oasis-open.org/committees/security',
    },
    body: envelope,
    redirect: 'error',
    signal: AbortSignal.timeout(answerMaxMs),
  })
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    if (bytes > answerMaxBytes) throw new RangeError('the answer is too large')
    parts.push(part)
  }
  if (response.status !== 200) throw new Error(`it answered ${response.status}`)
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
}
