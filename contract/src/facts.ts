// A fact is worth what its age and its provenance make it worth. This is the table of all facts
// a policy may ask about, and for how long each one counts. Past its maximum age a fact is
// absent, and absent never means healthy.
import { z } from 'zod'
import { isInternal } from './classification.ts'

/**
 * How a fact is known: proved by a hardware key, said by a management system,
 * or said by the thing itself.
 */
export const provenances = ['attested', 'reported', 'self-reported'] as const
export type Provenance = (typeof provenances)[number]

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

interface FactRow {
  readonly type: 'boolean' | 'authentication' | 'string'
  /** How long the fact counts, in milliseconds. */
  readonly maxAgeMs: number
  readonly meaning: string
}

/** Facts about a device, by the name they carry in policies. */
export const deviceFacts = {
  managed: fact(
    'boolean',
    7 * dayMs,
    'a management system of the organisation controls the device',
  ),
  diskEncryption: fact('boolean', dayMs, 'every internal disk is encrypted'),
  firewall: fact('boolean', dayMs, 'the host firewall is on'),
  screenLock: fact('boolean', dayMs, 'the screen locks by itself within fifteen minutes'),
  supportedSystem: fact(
    'boolean',
    dayMs,
    'the operating system still receives security updates and has the current ones',
  ),
  endpointProtection: fact('boolean', dayMs, 'endpoint protection runs and is current'),
} as const satisfies Record<string, FactRow>

export type DeviceFactName = keyof typeof deviceFacts
export const deviceFactNames = Object.keys(deviceFacts) as readonly DeviceFactName[]

/** Facts about an authentication and a network, by the name they carry in policies. */
export const otherFacts = {
  authentication: fact(
    'authentication',
    12 * hourMs,
    'how and when a person or a workload last proved who they are',
  ),
  'network.zone': fact('string', hourMs, 'the named zone the client address lies in'),
} as const satisfies Record<string, FactRow>

/** An observed yes or no, e.g. one check of a device. */
export const observedBoolean = isInternal(
  z.strictObject({
    value: z.boolean(),
    /** When it was observed, in milliseconds since the epoch. */
    observedAt: z.int().nonnegative(),
    provenance: z.enum(provenances),
  }),
)

/**
 * The age policies see, in whole seconds, rounded up so that a fact never looks younger than it
 * is: to a second below a minute, to a minute below an hour, to an hour above. Coarse ages keep
 * the variety of recorded situations small, which is what makes replay fast.
 */
export function ageSeconds(observedAtMs: number, nowMs: number): number {
  const seconds = Math.max(0, Math.ceil((nowMs - observedAtMs) / 1000))
  const step = seconds <= 60 ? 1 : seconds <= 3600 ? 60 : 3600
  return Math.ceil(seconds / step) * step
}

/** Whether a fact observed then still counts now. One from the future counts only within clock skew. */
export function isCurrent(observedAtMs: number, nowMs: number, maxAgeMs: number): boolean {
  return nowMs - observedAtMs <= maxAgeMs && observedAtMs - nowMs <= clockSkewMs
}

/** How far a peer's clock may run ahead of ours before what it says counts as absent. */
export const clockSkewMs = 2 * minuteMs

function fact(type: FactRow['type'], maxAgeMs: number, meaning: string): FactRow {
  return { type, maxAgeMs, meaning }
}
