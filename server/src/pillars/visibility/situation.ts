// Many requests share a situation: the same sign-in, device, network and kind of request. What
// differs from one request to the next, its path and its moment, is kept apart, so that a
// situation is stored once and a replay decides it once.
import { createHash } from 'node:crypto'
import { canonicalJson } from '@countersign/contract/canonical'

export type Context = Readonly<Record<string, unknown>>

/** The parts of a context that change with every request. */
export interface Moment {
  readonly time?: unknown
  readonly path?: string
}

export interface Situation {
  /** SHA-256 of the body's canonical JSON, in hex. */
  readonly hash: string
  readonly body: Context
  readonly moment: Moment
}

/** Takes a context apart. `contextOf` puts the same context together again. */
export function situationOf(context: Context): Situation {
  const { time, ...rest } = context
  const { request } = rest
  const path = isRecord(request) ? request['path'] : undefined
  const body =
    isRecord(request) && typeof path === 'string'
      ? { ...rest, request: withoutPath(request) }
      : rest
  return {
    hash: createHash('sha256').update(canonicalJson(body)).digest('hex'),
    body,
    moment: {
      ...(time === undefined ? {} : { time }),
      ...(typeof path === 'string' ? { path } : {}),
    },
  }
}

/** The context of a situation at a moment. */
export function contextOf({ body, moment }: Pick<Situation, 'body' | 'moment'>): Context {
  const { time, path } = moment
  const { request } = body
  return {
    ...body,
    ...(path === undefined ? {} : { request: { ...(isRecord(request) ? request : {}), path } }),
    ...(time === undefined ? {} : { time }),
  }
}

function withoutPath(request: Context): Context {
  return Object.fromEntries(Object.entries(request).filter(([name]) => name !== 'path'))
}

function isRecord(value: unknown): value is Context {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
