// Bodies that are forms, for the routes whose protocol says so, and for no others: a page of another
// site can send a form without asking first.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { problem } from '@countersign/contract/problems'

const mediaType = 'application/x-www-form-urlencoded'

/** Makes the routes of this scope take a form and nothing else. */
export function takeForms(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(
    mediaType,
    { parseAs: 'string' },
    async (_: FastifyRequest, body: string) => readForm(body),
  )
  scope.addContentTypeParser('*', async () => {
    throw problem(
      'request.malformed',
      `the body must be a form, with \`content-type: ${mediaType}\``,
    )
  })
}

/** The fields of a form. RFC 6749 §3.2: none comes twice, and one without a value is not there. */
export function readForm(text: string): Readonly<Record<string, string>> {
  const fields = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (fields.has(name)) throw problem('request.malformed', 'a field of the form is there twice')
    fields.set(name, value)
  }
  return Object.fromEntries([...fields].filter(([, value]) => value !== ''))
}
