// The facts a decision rested on, read from its recorded context. Anything with an age and a
// provenance is a fact; the walk knows no names, so a fact added to the vocabulary appears by itself.
import { entityText } from '@countersign/contract/entities'
import { z } from 'zod'

export interface FactRow {
  /** `device.diskEncryption` */
  readonly path: string
  readonly value: string
  /** Age at the moment of the decision, in seconds, where the fact has one. */
  readonly ageSeconds?: number
  readonly provenance?: string
}

const aged = z.looseObject({ ageSeconds: z.number(), provenance: z.string().optional() })
const extension = z.strictObject({ __extn: z.object({ fn: z.string(), arg: z.string() }) })
const entity = z.strictObject({ __entity: z.object({ type: z.string(), id: z.string() }) })
const record = z.record(z.string(), z.unknown())

const depthMax = 8

/** Every fact of a context, in its order. */
export function factsOf(context: Readonly<Record<string, unknown>>): readonly FactRow[] {
  return Object.entries(context).flatMap(([name, value]) => rowsOf(name, value, 1))
}

function rowsOf(path: string, value: unknown, depth: number): readonly FactRow[] {
  const simple = simpleText(value)
  if (simple !== undefined) return [{ path, value: simple }]
  const members = record.safeParse(value).data
  if (!members || depth > depthMax) return [{ path, value: JSON.stringify(value) }]
  const fact = aged.safeParse(value).data
  if (!fact) {
    return Object.entries(members).flatMap(([name, member]) =>
      rowsOf(`${path}.${name}`, member, depth + 1),
    )
  }
  const { ageSeconds, provenance, ...rest } = fact
  return [
    {
      path,
      value: valueText(rest),
      ageSeconds,
      ...(provenance === undefined ? {} : { provenance }),
    },
  ]
}

/** A value in Cedar's JSON as a person reads it: `Person::"ada"`; other text as it is. */
export function readableValue(json: string): string {
  if (!/^[[{]/.test(json)) return json
  try {
    return simpleText(JSON.parse(json)) ?? json
  } catch {
    return json
  }
}

/** The value of a fact, or its members where it has several: `method passkey, strength 3`. */
function valueText(members: Readonly<Record<string, unknown>>): string {
  return Object.entries(members)
    .map(([name, value]) => {
      const text = simpleText(value) ?? JSON.stringify(value)
      return name === 'value' ? text : `${name} ${text}`
    })
    .join(', ')
}

function simpleText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const call = extension.safeParse(value).data
  if (call) {
    const { __extn: written } = call
    return written.arg
  }
  const reference = entity.safeParse(value).data
  if (reference) {
    const { __entity: named } = reference
    return entityText(named)
  }
  return Array.isArray(value)
    ? value.map((item) => simpleText(item) ?? JSON.stringify(item)).join(', ')
    : undefined
}
