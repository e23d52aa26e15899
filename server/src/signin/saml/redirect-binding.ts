// The HTTP-Redirect binding (saml-bindings §3.4): a deflated message in an address, with a signature
// over the query as it stands there, byte for byte and in one order.
import { createSign, createVerify } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { type MessageParameter, textOfBytes } from './post-binding.ts'
import { messageMaxCharacters, SamlFault } from './xml.ts'
import { rsaSha256, type SamlKey, type TrustedKey } from './xml-signature.ts'

const digests: Readonly<Record<string, string>> = {
  [rsaSha256]: 'RSA-SHA256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': 'RSA-SHA512',
}
const relayStateMaxCharacters = 1024

export interface RedirectedMessage {
  readonly parameter: MessageParameter
  readonly text: string
  readonly relayState: string | undefined
  readonly isSigned: boolean
  /** Throws a `SamlFault` unless one of these keys signed the query. */
  readonly requireSignature: (keys: readonly TrustedKey[]) => void
}

/** Reads a query as it came. @throws SamlFault */
export function readRedirected(rawQuery: string): RedirectedMessage {
  const raw = new Map<string, string>()
  for (const pair of rawQuery.split('&')) {
    const end = pair.indexOf('=')
    const name = end < 0 ? pair : pair.slice(0, end)
    if (!known.has(name)) continue
    if (raw.has(name)) throw new SamlFault(`\`${name}\` is there twice`)
    raw.set(name, end < 0 ? '' : pair.slice(end + 1))
  }
  const parameter: MessageParameter = raw.has('SAMLRequest') ? 'SAMLRequest' : 'SAMLResponse'
  const message = raw.get(parameter)
  if (message === undefined || (raw.has('SAMLRequest') && raw.has('SAMLResponse'))) {
    throw new SamlFault('there must be one message')
  }
  const encoding = raw.get('SAMLEncoding')
  if (encoding !== undefined && decoded(encoding) !== deflate) {
    throw new SamlFault('the message is in an encoding that is not taken')
  }
  const state = raw.get('RelayState')
  const relayState = state === undefined || state === '' ? undefined : decoded(state)
  if ((relayState?.length ?? 0) > relayStateMaxCharacters) {
    throw new SamlFault('`RelayState` is too long')
  }
  return {
    parameter,
    text: inflated(decoded(message)),
    relayState,
    isSigned: raw.has('Signature'),
    requireSignature(keys) {
      const algorithm = raw.get('SigAlg')
      const signature = raw.get('Signature')
      if (algorithm === undefined || signature === undefined) {
        throw new SamlFault('the message is not signed')
      }
      const digest = digests[decoded(algorithm)]
      if (digest === undefined) {
        throw new SamlFault('a signature is made with an algorithm that does not count')
      }
      // §3.4.4.1: the values as they were encoded by whoever signed, in this order.
      const signed = [
        `${parameter}=${message}`,
        ...(state === undefined ? [] : [`RelayState=${state}`]),
        `SigAlg=${algorithm}`,
      ].join('&')
      const bytes = Buffer.from(decoded(signature), 'base64')
      if (!keys.some((key) => createVerify(digest).update(signed).verify(key, bytes))) {
        throw new SamlFault('a signature does not verify with any key that is trusted')
      }
    },
  }
}

const deflate = 'urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE'
const known: ReadonlySet<string> = new Set([
  'SAMLRequest',
  'SAMLResponse',
  'SAMLEncoding',
  'RelayState',
  'SigAlg',
  'Signature',
])

/** The address that carries a message, signed. */
export function redirectUrl(
  {
    destination,
    parameter,
    text,
    relayState,
  }: {
    readonly destination: string
    readonly parameter: MessageParameter
    readonly text: string
    readonly relayState?: string | undefined
  },
  { privateKey }: Pick<SamlKey, 'privateKey'>,
): string {
  const signed = [
    [parameter, deflateRawSync(Buffer.from(text)).toString('base64')],
    ...(relayState === undefined ? [] : [['RelayState', relayState]]),
    ['SigAlg', rsaSha256],
  ]
    .map(([name, value = '']) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
  const signature = createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64')
  const separator = destination.includes('?') ? '&' : '?'
  return `${destination}${separator}${signed}&Signature=${encodeURIComponent(signature)}`
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '))
  } catch {
    throw new SamlFault('the query is not encoded as an address is')
  }
}

function inflated(base64: string): string {
  if (!/^[A-Za-z0-9+/\s]+={0,2}$/.test(base64)) throw new SamlFault('the message is not base64')
  let bytes: Buffer
  try {
    bytes = inflateRawSync(Buffer.from(base64, 'base64'), { maxOutputLength: messageMaxCharacters })
  } catch {
    throw new SamlFault('the message does not inflate, or becomes too large')
  }
  return textOfBytes(bytes)
}
