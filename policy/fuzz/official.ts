// The official engine in this process, for comparison. Its glue passes everything through `JSON`,
// which would round long integers, so it sees a `JSON` that keeps them for the time of a call.
import { createRequire } from 'node:module'
import type * as Cedar from '@cedar-policy/cedar-wasm'

const engine = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof Cedar

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown
const native = {
  parse: JSON.parse.bind(JSON) as (text: string, reviver: Reviver) => unknown,
  rawJSON: (JSON as JSON & { rawJSON(digits: string): unknown }).rawJSON.bind(JSON),
}

/** Calls the official engine; long integers in its answer become `{"__long": "…"}`. */
export function official<T>(call: (cedar: typeof Cedar) => T): T {
  const { parse } = JSON
  JSON.parse = (text: string): unknown =>
    native.parse(text, (_key, value, { source }) =>
      typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined
        ? { ['__long']: source }
        : value,
    )
  try {
    return call(engine)
  } finally {
    JSON.parse = parse
  }
}

/** The same data, with long integers in a form that `JSON.stringify` writes in full. */
export function withRawLongs(json: unknown): unknown {
  if (typeof json === 'bigint') return native.rawJSON(json.toString())
  if (Array.isArray(json)) return json.map(withRawLongs)
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(
    Object.entries(json).map(([name, member]) => [name, withRawLongs(member)]),
  )
}

/** The official engine as it is, for calls whose answers hold no integers. */
export const plainOfficial = engine
