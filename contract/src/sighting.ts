// Where and with what a session was seen, coarsely: enough to show a person their sessions, and to
// notice that one cookie is used in two browsers. Nothing here identifies a device by itself.
import { z } from 'zod'
import { isInternal, isPersonal } from './classification.ts'

export const browserFamilies = [
  'chrome',
  'edge',
  'firefox',
  'safari',
  'opera',
  'samsung',
  'program',
  'unknown',
] as const
export type BrowserFamily = (typeof browserFamilies)[number]

export const platforms = [
  'windows',
  'macos',
  'ios',
  'linux',
  'chromeos',
  'android',
  'unknown',
] as const
export type Platform = (typeof platforms)[number]

/** What is seen of whoever presents a session. */
export const seen = z.strictObject({
  /** The network of the address: an IPv4 /24 or an IPv6 /48. */
  network: isPersonal(z.string().max(64)),
  browser: isInternal(z.enum(browserFamilies)),
  platform: isInternal(z.enum(platforms)),
})
export type Seen = z.infer<typeof seen>

/** Why a session counts as used on two devices at once. */
const contestWhys = ['platform', 'alternation'] as const
export type ContestWhy = (typeof contestWhys)[number]

export const sighting = seen.extend({
  session: isInternal(z.string().max(64)),
  /** Milliseconds since the epoch. */
  lastUsedAt: isInternal(z.int().nonnegative()),
  /** Present once it was seen on two devices at once; the other one stands beside it. */
  contested: z.strictObject({ why: isInternal(z.enum(contestWhys)), other: seen }).optional(),
})
export type Sighting = z.infer<typeof sighting>

/** What is remembered of a session in order to notice a second device. */
export interface Trail {
  readonly last: Seen
  readonly lastAt: number
  /** What was seen before the last change of network and browser together. */
  readonly before?: { readonly seen: Seen; readonly at: number }
}

/** Going back and forth between two devices within this time is not one person moving, in ms. */
export const alternationWindowMs = 10 * 60_000

/**
 * Follows a session by what is seen of it next. One device may change its network at any time, as
 * a phone does that leaves the house, and no session is contested for that. Two are there at once
 * where the platform is of another family, for a cookie does not wander from a telephone to a
 * desktop; or where network and browser both change, and within minutes both change back.
 */
export function follow(
  trail: Trail | undefined,
  now: Seen,
  at: number,
): {
  readonly trail: Trail
  readonly contested?: { readonly why: ContestWhy; readonly other: Seen }
} {
  if (!trail) return { trail: { last: now, lastAt: at } }
  const { last, lastAt, before } = trail
  if (isOtherFamily(last.platform, now.platform)) {
    return { trail: { last: now, lastAt: at }, contested: { why: 'platform', other: last } }
  }
  if (last.network === now.network || !isOtherBrowser(last, now)) {
    return { trail: { last: now, lastAt: at, ...(before ? { before } : {}) } }
  }
  const isBack =
    before !== undefined &&
    before.seen.network === now.network &&
    before.seen.browser === now.browser &&
    at - before.at <= alternationWindowMs
  return {
    trail: { last: now, lastAt: at, before: { seen: last, at: lastAt } },
    ...(isBack ? { contested: { why: 'alternation', other: last } } : {}),
  }
}

// A tablet that asks for the desktop's pages says it is one, so only families count.
const familyOf: Readonly<Record<Platform, string | undefined>> = {
  windows: 'windows',
  macos: 'apple',
  ios: 'apple',
  linux: 'unix',
  chromeos: 'unix',
  android: 'unix',
  unknown: undefined,
}

function isOtherFamily(one: Platform, other: Platform): boolean {
  const [left, right] = [familyOf[one], familyOf[other]]
  return left !== undefined && right !== undefined && left !== right
}

// What a media player or a download sends may name no browser; that alone is no other device.
function isOtherBrowser(one: Seen, other: Seen): boolean {
  return one.browser !== other.browser && one.browser !== 'unknown' && other.browser !== 'unknown'
}
