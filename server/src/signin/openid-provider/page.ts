// The few pages that the provider draws itself: to confirm a sign-out, to type a device's code, and
// to say what went wrong. They load nothing, and whatever came from outside is text in them.
import { hash } from 'node:crypto'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it stands in a page or in the value of an attribute. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

const style = `:root{color-scheme:light dark;--canvas:#f6f6f8;--surface:#fff;--line:#e4e5ea;--line-strong:#c6c9d2;--text:#15171c;--text-2:#474c58;--accent:#3350c8;--mark:#3350c8}
@media(prefers-color-scheme:dark){:root{--canvas:#0c0d10;--surface:#131418;--line:#25272e;--line-strong:#3b3e48;--text:#eceef2;--text-2:#aeb2bd;--accent:#4962dc;--mark:#9db0ff}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;background:var(--canvas);color:var(--text);font:400 14px/22px 'Inter Variable',Inter,system-ui,-apple-system,'Segoe UI',sans-serif;overflow-wrap:break-word}
header{padding:24px;display:flex;align-items:center;gap:8px;font-size:15px;font-weight:600}
header svg{width:20px;height:20px}
main{width:100%;max-width:520px;margin:0 auto;padding:calc(18vh - 68px) 16px 64px}
.card{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:32px}
h1{margin:0 0 8px;font-size:24px;line-height:30px;font-weight:600}
p{margin:8px 0;color:var(--text-2)}
.actions{display:flex;flex-wrap:wrap;gap:12px;margin-top:24px}
button{min-height:44px;padding:0 16px;border-radius:6px;background:var(--accent);color:#fff;font:inherit;font-weight:500;border:0;cursor:pointer}
button.second{background:none;color:var(--text);border:1px solid var(--line-strong)}
input{min-height:44px;width:100%;padding:0 12px;font:inherit;border-radius:6px;border:1px solid var(--line-strong);background:var(--canvas);color:var(--text)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}`

const mark =
  '<svg viewBox="0 0 24 24" aria-hidden="true"><path fill="currentColor" d="M6 3h4.2L14 12l-3.8 9H6a3 3 0 0 1-3-3V6a3 3 0 0 1 3-3z"/><path fill="var(--mark)" d="M13 3h5a3 3 0 0 1 3 3v12a3 3 0 0 1-3 3h-5l3.8-9z"/></svg>'

/**
 * The policy of every answer here. A form may lead to another host, the application's, which the
 * provider compares with the registration; what may run is what the library names by its hash.
 */
export const pagePolicy: string = [
  "default-src 'none'",
  'script-src',
  `style-src 'sha256-${hash('sha256', style, 'base64')}'`,
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

export interface Page {
  readonly title: string
  /** Text, escaped here. */
  readonly paragraphs: readonly string[]
  /** Markup of our own making. */
  readonly form?: string
}

/** The page as it is sent. */
export function page({ title, paragraphs, form = '' }: Page): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${escaped(title)}</title><style>${style}</style></head>
<body><header>${mark}<span>Countersign</span></header><main><div class="card"><h1>${escaped(title)}</h1>
${paragraphs.map((text) => `<p>${escaped(text)}</p>`).join('\n')}
${form}</div></main></body></html>
`
}

/** Buttons at the end of a form that the library began, which is named by its id. */
export function withButtons(
  form: string,
  buttons: readonly { readonly text: string; readonly name?: string; readonly second?: true }[],
): string {
  const made = buttons.map(
    ({ text, name, second }) =>
      `<button type="submit"${name === undefined ? '' : ` name="${name}" value="yes"`}${second ? ' class="second"' : ''}>${escaped(text)}</button>`,
  )
  return form.replace(/<\/form>\s*$/, `<div class="actions">${made.join('')}</div></form>`)
}
