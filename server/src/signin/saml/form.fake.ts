// What a browser does with a page that posts a form by itself to another site: it sends the fields,
// and none of its cookies that are `SameSite=Lax`.
import assert from 'node:assert/strict'

export interface Form {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
}

/** The form of a page. */
export function formOf(html: string): Form {
  const [, action] = /<form method="post" action="([^"]*)"/.exec(html) ?? []
  assert.ok(action !== undefined, `there is a form in ${html.slice(0, 300)}`)
  const inputs = html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)
  return {
    action: decoded(action),
    fields: Object.fromEntries(
      [...inputs].map(([, name = '', value = '']) => [decoded(name), decoded(value)]),
    ),
  }
}

/** Posts it from a page of another site; gives where the browser is sent. */
export async function postFromElsewhere(
  { action, fields }: Form,
  origin = 'https://idp.example.org',
): Promise<string> {
  const response = await fetch(action, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { origin, 'sec-fetch-site': 'cross-site' },
    redirect: 'manual',
  })
  assert.equal(response.status, 303, await response.text())
  return response.headers.get('location') ?? ''
}

function decoded(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
}
