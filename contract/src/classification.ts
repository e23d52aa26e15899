// Who may see a field is part of what the field is. A field that nobody classified is a secret,
// so forgetting to decide is safe.
import { z } from 'zod'

/**
 * - `public`: may be shown to anyone, also before sign-in;
 * - `internal`: may be shown to people and programs of the organisation, and logged;
 * - `personal`: about a person; shown where needed, never logged;
 * - `secret`: never shown and never logged.
 */
export type Classification = 'public' | 'internal' | 'personal' | 'secret'

const classifications = z.registry<{ classification: Classification }>()

/** Marks a schema with its classification and gives the same schema back. */
function classify<S extends z.ZodType>(classification: Classification, schema: S): S {
  const marked = schema.clone()
  classifications.add(marked, { classification })
  return marked
}

export const isPublic = <S extends z.ZodType>(schema: S): S => classify('public', schema)
export const isInternal = <S extends z.ZodType>(schema: S): S => classify('internal', schema)
export const isPersonal = <S extends z.ZodType>(schema: S): S => classify('personal', schema)

/** The classification of a schema; `secret` where nobody said. */
export function classificationOf(schema: z.ZodType): Classification {
  const own = classifications.get(schema)
  if (own) return own.classification
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return classificationOf(schema.unwrap() as z.ZodType)
  }
  return 'secret'
}

/** A copy of `value` fit for a log: only fields classified `public` or `internal` remain readable. */
export function loggable(schema: z.ZodType, value: unknown): unknown {
  if (value === undefined || value === null) return value
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    const own = classifications.get(schema)
    return own ? shownAs(own.classification, value) : loggable(schema.unwrap() as z.ZodType, value)
  }
  if (!classifications.has(schema) && schema instanceof z.ZodObject) {
    return Object.fromEntries(
      Object.entries(value).map(([key, field]) => {
        const fieldSchema = Object.hasOwn(schema.shape, key) ? schema.shape[key] : undefined
        return [key, fieldSchema ? loggable(fieldSchema as z.ZodType, field) : '[secret]']
      }),
    )
  }
  if (!classifications.has(schema) && schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((item) => loggable(schema.element as z.ZodType, item))
  }
  return shownAs(classificationOf(schema), value)
}

function shownAs(classification: Classification, value: unknown): unknown {
  return classification === 'public' || classification === 'internal'
    ? value
    : `[${classification}]`
}
