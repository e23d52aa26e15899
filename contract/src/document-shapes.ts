// The shapes that documents of every kind are made of.
import { z } from 'zod'
import { isInternal, isPublic } from './classification.ts'

export const nameMaxCharacters = 256
const listMaxItems = 4096

// A name in a policy is quoted, so any printable text may be an id; bounded, because it is stored, indexed and shown.
export const entityId = isInternal(
  z
    .string()
    .min(1)
    .max(128)
    .regex(/^[\w.@:+/=~-]+$/, 'use letters, digits and any of . @ : + / = ~ _ -'),
)
export const name = isInternal(z.string().min(1).max(nameMaxCharacters))
export const text = isInternal(z.string().max(2048))
/** Milliseconds since the epoch. */
export const instant = isInternal(z.int().nonnegative())
export const flag = isInternal(z.boolean())
export const ids = isInternal(z.array(entityId).max(listMaxItems))
export const hostname = isPublic(
  z
    .string()
    .max(253)
    .regex(
      /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/,
      'a lower-case host name without port',
    ),
)
export const tiers = [0, 1, 2, 3] as const
/** Criticality of an asset: 0 is what the organisation cannot lose, 3 is of little harm. */
export const tier = isInternal(z.literal(tiers))
export type Tier = z.infer<typeof tier>
