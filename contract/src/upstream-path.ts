// Where within an application's upstream a route leads.
import { z } from 'zod'
import { isInternal } from './classification.ts'

/** A path that has one spelling: no escape, no dot segment, no slash at its end. */
const pathPrefix = isInternal(
  z
    .string()
    .max(256)
    .regex(
      /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)+$/,
      'a path such as `/reports`, of letters, digits and . _ ~ -, without a slash at its end',
    ),
)

/** How the path of a request differs at the application. `strip` is taken off first. */
export const upstreamPath = z.strictObject({
  /** The beginning that visitors see and the application does not. No other path is served. */
  strip: pathPrefix.optional(),
  /** The beginning at the application, out of which no request leads. */
  add: pathPrefix.optional(),
})
export type UpstreamPath = z.infer<typeof upstreamPath>
