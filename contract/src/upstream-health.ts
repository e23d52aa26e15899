// How a gateway finds out by itself whether an application works, where the application says so.
import { z } from 'zod'
import { isInternal } from './classification.ts'

export const upstreamHealth = z.strictObject({
  /** What is asked for at the application, with a `GET` in nobody's name. */
  path: isInternal(
    z
      .string()
      .max(512)
      // One reading for every server: no dot segments, no empty ones, nothing encoded that divides.
      .regex(
        /^\/(?!\/)(?:[\w\-.~!$&'()*+,=:@/]|%(?!2[ef]|5c|00|25)[0-9a-f]{2})*(?:\?[\w\-.~!$&'()*+,=:@/?%]*)?$/i,
      )
      .refine((path) => !/(?:^|\/)\.{1,2}(?:[/?]|$)|\/\//.test(path.split('?', 1)[0] ?? ''), {
        error: 'a path without `.`, `..` and empty segments',
      }),
  ),
  /** Seconds from one question to the next. */
  everySeconds: isInternal(z.int().min(5).max(3_600)),
  /** The status that says that it works; any from 200 to 299, where this is not said. */
  expect: isInternal(z.int().min(200).max(599)).optional(),
})
export type UpstreamHealth = z.infer<typeof upstreamHealth>

/** An application that a gateway found not to work. */
export const failingUpstream = z.strictObject({
  application: isInternal(z.string().max(128)),
  /** Since when, in milliseconds since the epoch. */
  since: isInternal(z.int().nonnegative()),
  /** What was found, in words. */
  why: isInternal(z.string().max(256)),
})
export type FailingUpstream = z.infer<typeof failingUpstream>

/** What a gateway tells of applications whose health it asks for, all of them at once. */
export const upstreamHealthReport = z.strictObject({
  /** Those it asked, by id. */
  asked: z.array(isInternal(z.string().max(128))).max(10_000),
  failing: z.array(failingUpstream).max(10_000),
})
export type UpstreamHealthReport = z.infer<typeof upstreamHealthReport>

/** How often a gateway tells it, though nothing changed, in milliseconds. */
export const healthReportMs = 60_000
