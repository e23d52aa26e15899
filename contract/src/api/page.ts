// Lists come in pages. The place to go on from is the last id seen, so that a page stays right
// while rows come and go.
import { z } from 'zod'

const pageMaxItems = 500

export const pageQuery = z.object({
  /** Words that must occur in the id or name. */
  search: z.string().max(128).optional(),
  /** Rows after this id. */
  after: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(pageMaxItems).default(100),
})

/** A page of `item`: the rows, how many match in all, and where to go on. */
export function page<S extends z.ZodType>(item: S) {
  return z.strictObject({
    items: z.array(item),
    total: z.int().nonnegative(),
    next: z.string().optional(),
  })
}
