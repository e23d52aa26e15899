import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { actions } from './actions.ts'
import { createClient, ApiError } from './client.ts'
import { visibilityApi } from './api/visibility.ts'
import { events } from './events.ts'
import { allRoutes, openApi } from './openapi.ts'
import { problemDetails, problems } from './problems.ts'

test('no two routes answer at the same method and path', () => {
  const places = allRoutes().map(
    ({ route }) => `${route.method} ${route.path.replace(/:\w+/g, ':')}`,
  )
  assert.deepEqual(places, [...new Set(places)])
})

test('every path parameter is declared, and every declared one is in the path', () => {
  for (const { route } of allRoutes()) {
    const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name)
    assert.deepEqual(Object.keys(route.params?.shape ?? {}), inPath, route.path)
  }
})

test('a route that changes something says which event it leaves behind', () => {
  const silent = new Set([
    '/api/signin/passkey/challenge',
    '/api/signin/link/challenge',
    '/api/signin/enrol/challenge',
    '/api/signin/device',
    '/api/signin/device/request',
    '/api/signin/device/approve',
    '/api/signin/device/deny',
    '/api/identity/me/passkeys/challenge',
    '/api/identity/me/otp/key',
    '/api/signin/provider',
    '/api/identity/providers/:provider/check',
    '/signin/saml/:provider/acs',
    '/saml/sso',
    '/api/identity/saml/provider-metadata',
    '/api/applications/saml/metadata',
    '/api/networks/decisions',
    '/api/networks/health',
    '/api/automation/import',
  ])
  for (const { route } of allRoutes()) {
    if (route.method === 'GET' || silent.has(route.path))
      assert.equal(route.event, undefined, route.path)
    else assert.ok(route.event !== undefined && Object.hasOwn(events, route.event), route.path)
  }
})

test('a permission is an action on Countersign itself and its pillar is in the path', () => {
  for (const { pillar, route } of allRoutes()) {
    if (['open', 'self', 'gateway'].includes(route.permission)) continue
    assert.ok(Object.hasOwn(actions, route.permission), route.permission)
    assert.ok(route.path.startsWith(`/api/${pillar}`), route.path)
  }
})

test('the OpenAPI document names each route once and resolves its references', () => {
  const document = z
    .object({
      paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))),
      components: z.object({ schemas: z.object({ Problem: z.object({}) }) }),
    })
    .parse(openApi('http://countersign.localhost:7400'))
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  )
  assert.equal(new Set(ids).size, allRoutes().length)
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
    ([, reference]) => reference,
  )
  assert.deepEqual(
    [...new Set(references)].filter(
      (reference) =>
        reference !== '#/components/schemas/Problem' && !reference?.startsWith('#/$defs'),
    ),
    [],
  )
})

test('every problem has a client or server error status, a title and a next step', () => {
  for (const [code, { status, title, remedy }] of Object.entries(problems)) {
    assert.ok(status >= 400 && status <= 599, code)
    assert.match(title, /^[a-z]/, code)
    assert.ok(remedy.length > 10, code)
  }
})

const decoder = (status: number, body: string) => async () => ({
  ok: status < 400,
  status,
  body: new Blob([body]).stream(),
  json: async (): Promise<unknown> => JSON.parse(body),
  text: async () => body,
})

test('the client throws the problem that the server described', async () => {
  const client = createClient({
    baseUrl: '',
    fetch: decoder(404, JSON.stringify(problemDetails('visibility.decision_not_found'))),
  })
  await assert.rejects(
    client.call(visibilityApi.decision, { params: { decision: 'dec_x' } }),
    (error) => {
      assert.ok(error instanceof ApiError)
      assert.equal(error.problem?.code, 'visibility.decision_not_found')
      return true
    },
  )
})

test('the client refuses an answer of another shape than the route declares', async () => {
  const client = createClient({ baseUrl: '', fetch: decoder(200, '{"decisions":"none"}') })
  await assert.rejects(client.call(visibilityApi.decisions, { query: {} }), z.ZodError)
})

test('the client reads server-sent events across chunks and skips comments', async () => {
  const summary = {
    id: 'dec_1',
    at: 1,
    gateway: 'gw',
    principal: { type: 'Person', id: 'ada' },
    action: 'access',
    resource: { type: 'Application', id: 'x' },
    verdict: 'allow',
    method: 'GET',
    path: '/',
    wouldBe: 'allow',
  }
  const client = createClient({
    baseUrl: '',
    fetch: decoder(200, `: hello\n\nid: 1\ndata: ${JSON.stringify(summary)}\n\n`),
  })
  const seen = []
  for await (const event of client.follow(
    visibilityApi.stream,
    { query: {} },
    new AbortController().signal,
  ))
    seen.push(event)
  assert.deepEqual(seen, [summary])
})
