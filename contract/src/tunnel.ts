// What passes between `countersign connect` and a gateway besides the tunnel itself: which tunnels
// there are, and how one ended. Both are asked at the console's host, with the program's token.
import { z } from 'zod'
import { verdicts } from './decision.ts'

/** Where a program asks for the tunnels it may open; below it, by decision, how one ended. */
export const tunnelsPath = '/.countersign/tunnels'

/** Where a program asks how the tunnel of this decision ended. */
export function tunnelEndPath(decision: string): string {
  return `${tunnelsPath}/${encodeURIComponent(decision)}`
}

const lines = z.array(z.string().max(8_192)).max(64).readonly()

/** Reasons, and what to do next, each a sentence for a person. */
const tunnelWords = z.object({ reasons: lines, nextSteps: lines })
export type TunnelWords = z.infer<typeof tunnelWords>

/** The applications that tunnels lead to, as far as the caller may know of them. */
export const tunnelList = z.object({
  tunnels: z
    .array(
      z.object({
        application: z.string(),
        name: z.string(),
        description: z.string().optional(),
        /** What a `CONNECT` names: a host, and the port that the application serves. */
        host: z.string(),
        port: z.int().min(1).max(65_535),
        verdict: z.enum(verdicts),
      }),
    )
    .max(10_000),
})
export type TunnelList = z.infer<typeof tunnelList>

/** How tunnels end, other than by the will of one of their sides. */
const tunnelEnds = ['access-ended', 'idle', 'expired', 'stopping', 'broken'] as const

/** How a tunnel ended. */
export const tunnelEnding = tunnelWords.extend({
  why: z.enum(tunnelEnds),
  /** Milliseconds since the epoch. */
  at: z.int().nonnegative(),
  /** The decision that ended it, where one did. */
  decision: z.string().max(64).optional(),
})
export type TunnelEnding = z.infer<typeof tunnelEnding>
