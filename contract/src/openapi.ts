// The OpenAPI 3.1 document, computed from the declared routes.
import { z } from 'zod'
import { actions, type Permission } from './actions.ts'
import { api } from './api.ts'
import { events } from './events.ts'
import { problems } from './problems.ts'
import { everyRouteProblems, type Route, type RoutePermission } from './route.ts'

/** Every route with its pillar and its name in the client. */
export function allRoutes(): readonly {
  readonly pillar: string
  readonly name: string
  readonly route: Route
}[] {
  return Object.entries(api).flatMap(([pillar, routes]) =>
    Object.entries<Route>(routes).map(([name, route]) => ({ pillar, name, route })),
  )
}

/** The document for an API published at `serverUrl`. */
export function openApi(serverUrl: string): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const { pillar, name, route } of allRoutes()) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(pillar, name, route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version: '0.1.0',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: serverUrl }],
    tags: Object.keys(api).map((tag) => ({ name: tag })),
    paths,
    components: {
      schemas: {
        Problem: {
          type: 'object',
          description: 'RFC 9457',
          required: ['type', 'title', 'status', 'code', 'remedy'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            code: { enum: Object.keys(problems) },
            remedy: { type: 'string' },
            detail: { type: 'string' },
            instance: { type: 'string' },
          },
        },
        OauthError: {
          type: 'object',
          description: 'RFC 6749, section 5.2',
          required: ['error'],
          properties: {
            error: { type: 'string' },
            error_description: { type: 'string' },
            instance: { type: 'string' },
          },
        },
      },
    },
  }
}

function operation(pillar: string, name: string, route: Route): Readonly<Record<string, unknown>> {
  return {
    operationId: `${pillar}.${name}`,
    tags: [pillar],
    summary: route.summary,
    description: permissionText(route),
    'x-permission': route.permission,
    ...(route.event
      ? { 'x-audit-event': { type: route.event, meaning: events[route.event] } }
      : {}),
    parameters: [...parameters('path', route.params), ...parameters('query', route.query)],
    ...(route.body
      ? {
          requestBody: {
            required: true,
            content: { [bodyType(route)]: { schema: inputSchema(route.body) } },
          },
        }
      : {}),
    responses: { ...success(route), ...refusals(route) },
  }
}

const openPermissions: Readonly<Record<Exclude<RoutePermission, Permission | 'connect'>, string>> =
  {
    open: 'Open to anyone, before sign-in.',
    self: 'Open to anyone signed in, about themselves.',
    gateway: 'For enrolled gateways, each with its own key.',
  }

function permissionText({ permission }: Route): string {
  return permission === 'open' || permission === 'self' || permission === 'gateway'
    ? openPermissions[permission]
    : `Needs the action \`${permission}\`: ${actions[permission].meaning}.`
}

function parameters(place: 'path' | 'query', schema: z.ZodObject | undefined): readonly unknown[] {
  if (!schema) return []
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || !z.safeParse(field, undefined).success,
    schema: inputSchema(field as z.ZodType),
  }))
}

function success(route: Route): Readonly<Record<string, unknown>> {
  const { output } = route
  switch (output.kind) {
    case 'json':
      return {
        200: answer('application/json', z.toJSONSchema(output.schema, { unrepresentable: 'any' })),
      }
    case 'events':
      return {
        200: answer('text/event-stream', z.toJSONSchema(output.event, { unrepresentable: 'any' })),
      }
    case 'text':
      return { 200: answer(output.mediaType, { type: 'string' }) }
    case 'page':
      return {
        200: answer('text/html', { type: 'string' }),
        303: { description: 'go on at `Location`' },
      }
    case 'redirect':
      return { 303: { description: 'go on at `Location`' } }
  }
}

function refusals(route: Route): Readonly<Record<string, unknown>> {
  const byStatus = Map.groupBy(
    [...everyRouteProblems, ...route.problems],
    (code) => problems[code].status,
  )
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join('; '),
        content: refusal(route),
      },
    ]),
  )
}

function bodyType({ dialect }: Route): string {
  return dialect !== undefined ? 'application/x-www-form-urlencoded' : 'application/json'
}

function refusal({ dialect }: Route): Readonly<Record<string, unknown>> {
  return dialect === 'oauth'
    ? { 'application/json': { schema: { $ref: '#/components/schemas/OauthError' } } }
    : { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
}

function answer(mediaType: string, schema: unknown): unknown {
  return { description: 'success', content: { [mediaType]: { schema } } }
}

function inputSchema(schema: z.ZodType): unknown {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
}
