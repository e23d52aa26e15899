// The look of the demonstration's applications: one sheet, one hue for each application, no
// picture and no script but their own.
import { createHash } from 'node:crypto'
import type { Caller } from './assertion.ts'

/** An answer to a request. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface PageOptions {
  readonly application: { readonly id: string; readonly name: string; readonly description: string }
  readonly caller: Caller
  /** HTML of the page's content. */
  readonly content: string
  /** The text of the page's one script. */
  readonly script?: string
}

/** HTML in which every `${...}` is escaped, unless it is HTML itself. */
export function html(parts: TemplateStringsArray, ...values: readonly unknown[]): string {
  return parts.reduce(
    (text, part, index) => text + part + (index < values.length ? fragment(values[index]) : ''),
    '',
  )
}

/** Marks text as HTML that was escaped already. */
export function raw(text: string): { readonly html: string } {
  return { html: text }
}

/** A whole page, with what the gateway's assertion says at its foot. */
export function page({ application, caller, content, script }: PageOptions): Reply {
  const hue = hueOf(application.id)
  const body = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <title>${application.name}</title>
        ${raw(`<style>${sheet}</style>`)}
      </head>
      <body data-hue="${hue}">
        <header>
          <p>Alder Valley Health</p>
          <h1>${application.name}</h1>
          <p>${application.description}</p>
        </header>
        <main>${raw(content)}</main>
        ${raw(assertionPanel(caller, application.id))}
        ${raw(script === undefined ? '' : `<script>${script}</script>`)}
      </body>
    </html> `
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policyOf(script),
      ...commonHeaders,
    },
    body,
  }
}

/** A JSON answer, laid out for people, because people look at it here. */
export function json(status: number, value: unknown): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...commonHeaders },
    body: `${JSON.stringify(value, null, 2)}\n`,
  }
}

/** Sends the browser on after a form was taken (RFC 9110 §15.4.4). */
export function seeOther(location: string): Reply {
  return { status: 303, headers: { location, ...commonHeaders }, body: '' }
}

const commonHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
}

function policyOf(script: string | undefined): string {
  return [
    "default-src 'none'",
    `style-src '${hashOf(sheet)}'`,
    ...(script === undefined ? [] : [`script-src '${hashOf(script)}'`]),
    "connect-src 'self'",
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function assertionPanel(caller: Caller, application: string): string {
  const rows = [
    ['Who', `${caller.type} ${caller.id}`],
    ['For', application],
    ['From', caller.address ?? 'not said'],
    ['Session', caller.session ?? 'none'],
    ['Issued by', caller.issuer],
    ['Good until', `${new Date(caller.expiresAt * 1000).toISOString().slice(11, 19)} UTC`],
  ] as const
  const list = rows
    .map(
      ([term, value]) =>
        html`<dt>${term}</dt>
          <dd>${value}</dd>`,
    )
    .join('')
  return html`<footer>
    <h2>Verified from the signed assertion</h2>
    <dl>${raw(list)}</dl>
    <p>
      The gateway adds it to every request that it lets through. This page checked the signature,
      the issuer, the audience and the time, and refuses requests without it.
    </p>
  </footer>`
}

function fragment(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'html' in value) return String(value.html)
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

// Twelve hues are enough to tell neighbours apart; a class is not a style, so the policy stays strict.
function hueOf(id: string): number {
  let sum = 0
  for (let index = 0; index < id.length; index++) sum += id.charCodeAt(index) * (index + 1)
  return sum % 12
}

const hues = Array.from(
  { length: 12 },
  (_, index) => `body[data-hue="${index}"]{--hue:${index * 30 + 10}}`,
).join('')

const sheet = `
:root{color-scheme:light dark}
${hues}
body{--ink:light-dark(#1b1d22,#eceef2);--soft:light-dark(#5d6470,#9aa1ad);--line:light-dark(#e3e5ea,#2a2d35);
--paper:light-dark(#fff,#15171c);--tint:light-dark(hsl(var(--hue) 60% 96%),hsl(var(--hue) 25% 14%));
--strong:light-dark(hsl(var(--hue) 60% 30%),hsl(var(--hue) 65% 76%));
margin:0 auto;max-width:960px;padding:32px 20px 48px;background:light-dark(#f6f6f8,#0c0d10);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,'Segoe UI',sans-serif;font-variant-numeric:tabular-nums}
header{border-left:4px solid var(--strong);padding-left:16px;margin-bottom:28px}
header p{margin:0;color:var(--soft)}
h1{margin:2px 0;font-size:28px;line-height:1.25;letter-spacing:-.02em;color:var(--strong)}
h2{font-size:15px;margin:0 0 12px}
main>section,footer{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:20px;margin-bottom:20px}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(210px,1fr));gap:12px}
.card{background:var(--tint);border-radius:8px;padding:12px 14px}
.card p{margin:2px 0}.card .who{font-weight:600}.soft,.card .soft{color:var(--soft);font-size:13px}
.number{font-size:26px;font-weight:600;line-height:1.2}
svg{display:block;width:100%;height:56px;margin-top:6px}polyline{fill:none;stroke:var(--strong);stroke-width:1.6;stroke-linejoin:round}
form{display:flex;flex-wrap:wrap;gap:8px;align-items:end}label{font-size:13px;color:var(--soft);display:grid;gap:4px}
input,select,button{font:inherit;height:36px;box-sizing:border-box;border-radius:6px;border:1px solid light-dark(#c6c9d2,#3b3e48);background:var(--paper);color:var(--ink);padding:0 10px}
label:has(input){flex:1;min-width:220px}button{background:var(--strong);border-color:var(--strong);color:var(--paper);font-weight:600;padding:0 16px;cursor:pointer}
:focus-visible{outline:2px solid var(--strong);outline-offset:2px}
ul{margin:16px 0 0;padding:0;list-style:none}li{padding:8px 0;border-top:1px solid var(--line)}
footer{color:var(--soft);font-size:13px}footer h2{color:var(--ink)}dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 20px;margin:0}
dt{color:var(--soft)}dd{margin:0;color:var(--ink);overflow-wrap:anywhere;font-family:ui-monospace,Menlo,Consolas,monospace}footer p{margin:14px 0 0}
`
