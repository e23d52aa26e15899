// The HTTP-POST binding (saml-bindings §3.5): a message in a form that a page sends by itself. The
// page is made of nothing but escaped values, and its one script is named by a nonce.
import { messageMaxCharacters, SamlFault } from './xml.ts'

/** Which of the two a message is. */
export type MessageParameter = 'SAMLRequest' | 'SAMLResponse'

/** The text of a posted message. @throws SamlFault */
export function readPosted(value: string): string {
  const base64 = value.replace(/[\r\n]/g, '')
  if (base64.length > messageMaxCharacters * 2) throw new SamlFault('the message is too large')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new SamlFault('the message is not base64')
  return textOfBytes(Buffer.from(base64, 'base64'))
}

/** Text of bytes in UTF-8, and of no others: what does not decode could be read in two ways. */
export function textOfBytes(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new SamlFault('the message is not UTF-8')
  }
}

export interface PostedForm {
  /** Where it goes: an address that was registered. */
  readonly action: string
  readonly parameter: MessageParameter
  readonly text: string
  readonly relayState: string | undefined
  /** Random, for this page alone. */
  readonly nonce: string
}

/** A page that sends the form at once, and a button where scripts are off. */
export function formPage({ action, parameter, text, relayState, nonce }: PostedForm): {
  readonly html: string
  readonly contentSecurityPolicy: string
} {
  const fields = [
    [parameter, Buffer.from(text).toString('base64')],
    ...(relayState === undefined ? [] : [['RelayState', relayState]]),
  ]
  const inputs = fields.map(
    ([name = '', value = '']) =>
      `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  )
  return {
    html: [
      '<!doctype html><html lang="en"><meta charset="utf-8"><title>Signing you on</title>',
      `<form method="post" action="${escaped(action)}">${inputs.join('')}`,
      '<noscript><p>One more step, because scripts are off.</p><button>Continue</button></noscript>',
      `</form><script nonce="${escaped(nonce)}">document.forms[0].submit()</script></html>`,
    ].join('\n'),
    contentSecurityPolicy: [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
      // Where the application redirects after the form counts too (CSP 3 §6.4.1), hence any at https.
      `form-action ${new URL(action).origin} https:`,
    ].join('; '),
  }
}

function escaped(text: string): string {
  return text.replace(/[&<>"'`]/g, (it) => `&#${it.charCodeAt(0)};`)
}
