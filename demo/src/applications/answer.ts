// Which application answers a host, and with what. Three are real; each of the others has a page
// that says what one has reached and who one is.
import { applicationRows } from '#organisation/applications'
import type { Caller } from './assertion.ts'
import { labResults } from './lab-results.ts'
import { html, json, page, type Reply } from './page.ts'
import { vitalsPage } from './vitals.ts'
import type { WardBoard } from './ward-board.ts'

export interface Asked {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** The fields of a form, where one was sent. */
  readonly fields: URLSearchParams
  /** What the browser says of where the request comes from (Fetch Metadata). */
  readonly site: string | undefined
}

/** The application of a `Host` header's value; undefined where there is none. */
export function applicationAt(host: string | undefined): string | undefined {
  const [, id] = /^([a-z0-9-]{1,63})\.localhost(?::\d{1,5})?$/i.exec(host ?? '') ?? []
  return applicationRows.find((row) => row.id === id?.toLowerCase())?.id
}

/** The answer of an application to someone whom the gateway let through. */
export function answer(
  application: string,
  asked: Asked,
  caller: Caller,
  { board, now }: { readonly board: WardBoard; readonly now: number },
): Reply {
  const { method, path, fields, site } = asked
  // A form of another site must not write here in someone's name.
  if (method !== 'GET' && method !== 'HEAD' && site !== undefined && site !== 'same-origin') {
    return json(403, { title: 'the form came from another site' })
  }
  if (application === 'lab-results') return labResults(method, path, caller)
  if (application === 'vitals') return vitalsPage(caller)
  if (application === 'ward-board') {
    return method === 'POST' && path === '/tasks'
      ? board.add(caller, fields, now)
      : board.show(caller)
  }
  const row = applicationRows.find(({ id }) => id === application)
  if (row === undefined) return json(404, { title: 'there is no such application' })
  if (row.kind === 'api') {
    return json(200, { service: row.name, you: { type: caller.type, id: caller.id }, method, path })
  }
  const { id, name, description, tier } = row
  return page({
    application: { id, name, description: `${sentence(description)}.` },
    caller,
    content: html`<section>
      <h2>You reached ${name}</h2>
      <p>You are ${caller.id}. The gateway decided, at this very request, that you may be here.</p>
      <p class="soft">Tier ${tier}. You asked for ${method} ${path}.</p>
    </section>`,
  })
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
