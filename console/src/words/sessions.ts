// A session in words: in which browser, from where.
import type { SessionView } from '@countersign/contract/api/sessions'
import type { BrowserFamily, Platform } from '@countersign/contract/sighting'

const browsers: Readonly<Record<BrowserFamily, string | undefined>> = {
  chrome: 'Chrome',
  edge: 'Edge',
  firefox: 'Firefox',
  safari: 'Safari',
  opera: 'Opera',
  samsung: 'Samsung Internet',
  program: 'A program',
  unknown: undefined,
}

const systems: Readonly<Record<Platform, string | undefined>> = {
  windows: 'Windows',
  macos: 'macOS',
  ios: 'an iPhone or iPad',
  linux: 'Linux',
  chromeos: 'ChromeOS',
  android: 'Android',
  unknown: undefined,
}

/** E.g. `Firefox on Linux`. */
export function sessionWords({
  kind,
  seen,
  device,
}: Pick<SessionView, 'kind' | 'seen' | 'device'>): string {
  if (kind === 'program') return 'A program that you signed in'
  const browser = seen === undefined ? undefined : browsers[seen.browser]
  const platform = seen === undefined ? undefined : systems[seen.platform]
  const what = browser ?? 'A browser'
  const where = device?.name ?? platform
  return where === undefined ? what : `${what} on ${where}`
}
