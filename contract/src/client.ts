// The typed client of the published API. It follows from the declared routes; there is no
// generated code to keep fresh. The network arrives as a parameter.
import { z } from 'zod'
import type { ProblemDetails } from './problems.ts'
import type { Route, RouteArguments, RouteEvent, RouteResult } from './route.ts'

/** The part of `fetch` that the client needs; `undici` and browsers both have it. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string
    readonly headers: Record<string, string>
    readonly body?: string
    readonly signal?: AbortSignal
  },
) => Promise<{
  readonly ok: boolean
  readonly status: number
  readonly body: ReadableStream<Uint8Array> | null
  json(): Promise<unknown>
  text(): Promise<string>
}>

/** An answer that is not a success, with the problem the server described, if it did. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly problem: ProblemDetails | undefined

  constructor(status: number, details: ProblemDetails | undefined) {
    super(details?.detail ?? details?.title ?? `the server answered ${status}`)
    this.status = status
    this.problem = details
  }
}

export interface Client {
  /** Calls a JSON route. Throws `ApiError` on any answer but success. */
  call<R extends Route>(
    route: R,
    args: RouteArguments<R>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<RouteResult<R>>
  /** Follows a stream of server-sent events until it ends or `signal` aborts. */
  follow<R extends Route>(
    route: R,
    args: RouteArguments<R>,
    signal: AbortSignal,
  ): AsyncGenerator<RouteEvent<R>>
}

export interface ClientOptions {
  /** Scheme, host and port, without a trailing slash; empty for the page's own origin. */
  readonly baseUrl: string
  readonly fetch: Fetch
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A client of the API at `baseUrl`. */
export function createClient({ baseUrl, fetch, headers = {} }: ClientOptions): Client {
  const send = async (
    route: Route,
    args: unknown,
    accept: string,
    signal: AbortSignal | undefined,
  ) => {
    const body = memberOf(args, 'body')
    const response = await fetch(
      baseUrl + routeUrl(route, memberOf(args, 'params'), memberOf(args, 'query')),
      {
        method: route.method,
        headers: {
          accept,
          ...headers,
          ...(body === undefined ? {} : { 'content-type': bodyType(route) }),
        },
        ...(body === undefined ? {} : { body: bodyText(route, body) }),
        ...(signal ? { signal } : {}),
      },
    )
    if (!response.ok) throw new ApiError(response.status, await problemOf(response))
    return response
  }

  return {
    async call(route, args, options) {
      const response = await send(route, args, 'application/json', options?.signal)
      const value = await response.json()
      if (route.output.kind !== 'json')
        throw new TypeError(`\`${route.path}\` does not answer with JSON`)
      return z.parse(route.output.schema, value) as RouteResult<typeof route>
    },
    async *follow(route, args, signal) {
      if (route.output.kind !== 'events')
        throw new TypeError(`\`${route.path}\` is not a stream of events`)
      const response = await send(route, args, 'text/event-stream', signal)
      if (!response.body) return
      for await (const data of eventData(response.body)) {
        yield z.parse(route.output.event, JSON.parse(data)) as RouteEvent<typeof route>
      }
    },
  }
}

function bodyType({ dialect }: Route): string {
  return dialect === 'oauth' ? 'application/x-www-form-urlencoded' : 'application/json'
}

function bodyText({ dialect }: Route, body: unknown): string {
  return dialect === 'oauth'
    ? new URLSearchParams(body as Readonly<Record<string, string>>).toString()
    : JSON.stringify(body)
}

/** The URL of a route with its parameters filled in. */
export function routeUrl(route: Route, params: unknown, query: unknown): string {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(memberOf(params, name))),
  )
  const search = new URLSearchParams()
  if (typeof query === 'object' && query !== null) {
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) search.set(name, String(value))
    }
  }
  const text = search.toString()
  return text === '' ? path : `${path}?${text}`
}

const eventMaxCharacters = 1_048_576

/** The `data` of each server-sent event (WHATWG HTML §9.2.6); comments and other fields are skipped. */
async function* eventData(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let buffer = ''
  for await (const chunk of chunksOf(body)) {
    buffer += decoder.decode(chunk, { stream: true })
    if (buffer.length > eventMaxCharacters) throw new RangeError('an event is longer than 1 MiB')
    let end = buffer.indexOf('\n\n')
    while (end >= 0) {
      const lines = buffer.slice(0, end).split('\n')
      buffer = buffer.slice(end + 2)
      const data = lines
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trimStart())
      if (data.length > 0) yield data.join('\n')
      end = buffer.indexOf('\n\n')
    }
  }
}

// Not every browser iterates a stream by itself.
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
  } finally {
    await reader.cancel()
  }
}

async function problemOf(response: {
  json(): Promise<unknown>
}): Promise<ProblemDetails | undefined> {
  try {
    const value = await response.json()
    const parsed = problemShape.safeParse(value)
    return parsed.success ? (value as ProblemDetails) : undefined
  } catch {
    return undefined
  }
}

const problemShape = z.looseObject({
  type: z.string(),
  code: z.string(),
  status: z.number(),
  title: z.string(),
  remedy: z.string(),
})

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
}
