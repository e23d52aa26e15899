// The inside of the quarantine: one instance of the official engine, which answers calls by name.
// Its JavaScript glue passes every result through `JSON.parse` and every argument through
// `JSON.stringify`, which would round integers beyond 2^53; this worker gives it a JSON that
// keeps them, which harms nobody because the worker does nothing else.
import { createRequire } from 'node:module'
import { parentPort } from 'node:worker_threads'
import type { EngineCall, EngineOutcome } from './quarantine.ts'

// TypeScript's library does not know these parts of ECMAScript yet (tc39/proposal-json-parse-with-source).
const LONG = '__long'

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown
const native = {
  parse: JSON.parse.bind(JSON) as (text: string, reviver: Reviver) => unknown,
  stringify: JSON.stringify.bind(JSON),
  rawJSON: (JSON as JSON & { rawJSON(digits: string): unknown }).rawJSON.bind(JSON),
}

JSON.parse = (text: string): unknown =>
  native.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined
      ? { [LONG]: source }
      : value,
  )

JSON.stringify = (value: unknown): string =>
  native.stringify(value, (_key, member: unknown) => {
    const digits = longDigits(member)
    return digits === undefined ? member : native.rawJSON(digits)
  })

const engine = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as Readonly<
  Record<string, (...args: readonly unknown[]) => unknown>
>

parentPort?.on('message', (calls: readonly EngineCall[]) => {
  for (const { name, args } of calls) {
    const outcome = answer(name, args)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    parentPort?.postMessage(outcome)
    // After a trap, the instance's memory can no longer be trusted.
    if (outcome.kind === 'crashed') return
  }
})

function answer(name: string, args: readonly unknown[]): EngineOutcome {
  try {
    return { kind: 'answered', json: native.stringify(engine[name]?.(...args)) }
  } catch (error) {
    return { kind: 'crashed', message: error instanceof Error ? error.message : String(error) }
  }
}

function longDigits(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1)
    return undefined
  const digits = (value as Readonly<Record<string, unknown>>)[LONG]
  return typeof digits === 'string' && /^-?[0-9]+$/.test(digits) ? digits : undefined
}
