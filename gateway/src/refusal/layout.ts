// The frame of every page the gateway draws itself. It needs no script, loads nothing, and may be
// put into no other page.
import { markup, type Markup } from './html.ts'
import { styleElement, styleHash } from './style.ts'

export interface Page {
  readonly title: string
  readonly badge: 'deny' | 'step-up' | 'none'
  readonly lead: string | Markup
  readonly body: readonly Markup[]
  /** Terms and what they are here, shown small at the end. */
  readonly facts: readonly (readonly [term: string, value: Markup])[]
}

/** Headers of such a page. */
export const pageHeaders: Readonly<Record<string, string>> = headersOf({
  formAction: "'none'",
  referrerPolicy: 'no-referrer',
})

/** Headers of such a page that leads to a form at the console, which asks again before it acts. */
export function pageHeadersTowards(consoleUrl: string): Readonly<Record<string, string>> {
  return headersOf({ formAction: consoleUrl, referrerPolicy: 'no-referrer' })
}

/**
 * Headers of such a page with a form in it. A page without a referrer would send its form as from
 * nowhere (Fetch §3.2: `Origin: null`), which applications rightly refuse.
 */
export const formPageHeaders: Readonly<Record<string, string>> = headersOf({
  formAction: "'self'",
  referrerPolicy: 'same-origin',
})

/** The page as it is sent. */
export function renderPage({ title, badge, lead, body, facts }: Page): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
${styleElement}
</head>
<body>
<header>${mark}<span>Countersign</span></header>
<main>
<div class="card">
${badges[badge]}
<h1>${title}</h1>
<p class="lead">${lead}</p>
${[...body]}
${facts.length === 0 ? undefined : factList(facts)}
</div>
</main>
</body>
</html>
`.text
}

function factList(facts: Page['facts']): Markup {
  return markup`<hr>
<dl>${facts.map(([term, value]) => markup`<dt>${term}</dt><dd>${value}</dd>\n`)}</dl>`
}

const mark = markup`<svg viewBox="0 0 24 24" aria-hidden="true"><path fill="currentColor" d="M6 3h4.2L14 12l-3.8 9H6a3 3 0 0 1-3-3V6a3 3 0 0 1 3-3z"/><path fill="var(--mark)" d="M13 3h5a3 3 0 0 1 3 3v12a3 3 0 0 1-3 3h-5l3.8-9z"/></svg>`

// Each verdict has a word, a shape and a colour, so that none depends on seeing the others.
const badges: Readonly<Record<Page['badge'], Markup>> = {
  deny: markup`<span class="badge"><svg viewBox="0 0 16 16" aria-hidden="true"><path fill="currentColor" d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z"/><path class="in" fill="none" stroke-width="1.7" stroke-linecap="round" d="M4.9 8h6.2"/></svg>Deny</span>`,
  'step-up': markup`<span class="badge step"><svg viewBox="0 0 16 16" aria-hidden="true"><path fill="currentColor" stroke="currentColor" stroke-linejoin="round" stroke-width="1" d="M8 .6 15.4 8 8 15.4.6 8z"/><path class="in" fill="none" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" d="M8 11.2V5.2M5.6 7.4 8 5l2.4 2.4"/></svg>Step-up</span>`,
  none: markup``,
}

function headersOf({
  formAction,
  referrerPolicy,
}: {
  readonly formAction: string
  readonly referrerPolicy: string
}): Readonly<Record<string, string>> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src ${styleHash}; base-uri 'none'; form-action ${formAction}; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': referrerPolicy,
  }
}
