// How recent and how strong a sign-in must be, by the tier of what is used. The table becomes
// policies of the product's own, in every release: so it is decided by the same engine as
// everything else, is recorded with each decision, and can be read where it applies.
import { z } from 'zod'
import { isInternal } from './classification.ts'
import { type Tier, tiers } from './document-shapes.ts'
import { ageSeconds } from './facts.ts'

/** The longest life of a session, in seconds. No demand can be laxer than that. */
const sessionMaxSeconds = 12 * 60 * 60

const demand = z.strictObject({
  /** Age up to which a sign-in counts, in seconds. */
  maxAgeSeconds: isInternal(
    z
      .int()
      .min(60)
      .max(sessionMaxSeconds)
      .refine((seconds) => ageSeconds(0, seconds * 1000) === seconds, {
        error: 'ages are seen in whole minutes up to an hour, and in whole hours above',
      }),
  ),
  /** Least strength: 1 any, 2 two factors, 3 phishing-resistant, 4 bound to hardware. */
  minStrength: isInternal(z.int().min(1).max(4)),
})

export const cadence = z.strictObject({
  /** By tier, 0 first. */
  tiers: z.tuple([demand, demand, demand, demand]),
  /** A session that nobody used for so long ends, in seconds. */
  idleSeconds: isInternal(z.int().min(300).max(sessionMaxSeconds)),
})
export type Cadence = z.infer<typeof cadence>

/** What holds until somebody says otherwise. */
export const defaultCadence: Cadence = {
  tiers: [
    { maxAgeSeconds: 15 * 60, minStrength: 3 },
    { maxAgeSeconds: 4 * 60 * 60, minStrength: 1 },
    { maxAgeSeconds: sessionMaxSeconds, minStrength: 1 },
    { maxAgeSeconds: sessionMaxSeconds, minStrength: 1 },
  ],
  idleSeconds: 60 * 60,
}

/** What a policy of the cadence demands. */
export type Demand = 'recent' | 'strong'

const prefixes = {
  recent: 'countersign-recent-tier-',
  strong: 'countersign-strong-tier-',
} as const satisfies Record<Demand, string>

/** The id of the policy that demands this at a tier. */
export function cadencePolicyId(what: Demand, tier: Tier): string {
  return `${prefixes[what]}${tier}`
}

/** What a policy demands, and at which tier; undefined for one that is not of the cadence. */
export function demandOf(
  policy: string,
): { readonly what: Demand; readonly tier: Tier } | undefined {
  for (const what of ['recent', 'strong'] as const) {
    const tier = tiers.find((it) => policy === cadencePolicyId(what, it))
    if (tier !== undefined) return { what, tier }
  }
  return undefined
}

/** `15 minutes`, `4 hours`: the larger unit in which the number is whole. */
export function durationWords(seconds: number): string {
  const [count, unit] =
    seconds >= 3600 && seconds % 3600 === 0
      ? [seconds / 3600, 'hour']
      : seconds >= 60 && seconds % 60 === 0
        ? [seconds / 60, 'minute']
        : [seconds, 'second']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

const strengthWords = [
  '',
  'any sign-in',
  'two factors',
  'a passkey or another sign-in that cannot be phished',
  'a key that is bound to hardware',
] as const

/** What a least strength asks for, in words. */
export function strengthText(minStrength: number): string {
  return strengthWords[minStrength] ?? `strength ${minStrength}`
}
