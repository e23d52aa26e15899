// The path at the application, where it differs from the one that visitors see. A beginning is taken
// off or put before; the rest goes on exactly as it arrived.
import type { UpstreamPath } from '@countersign/contract/upstream-path'
import type { CanonicalTarget } from '#wire/canonical'

/**
 * The target at the application; undefined where the route does not serve this path.
 *
 * INVARIANT: it lies at or below `add`. A canonical target holds no dot segment, no empty segment
 * and no encoded separator, so nothing behind `add` can lead out of it.
 */
export function targetAt(
  rule: UpstreamPath | undefined,
  target: CanonicalTarget,
): CanonicalTarget | undefined {
  const { strip, add = '' } = rule ?? {}
  if (strip === undefined && add === '') return target
  const { path, raw } = target
  if (strip !== undefined && path !== strip && !path.startsWith(`${strip}/`)) return undefined
  const end = raw.indexOf('?')
  const rawPath = end < 0 ? raw : raw.slice(0, end)
  const query = end < 0 ? '' : raw.slice(end)
  // No `/` of a canonical target is escaped, so both spellings have the same segments.
  const skipped = strip === undefined ? 0 : strip.split('/').length - 1
  return {
    path: joined(add, withoutSegments(path, skipped)),
    raw: joined(add, withoutSegments(rawPath, skipped)) + query,
  }
}

function withoutSegments(path: string, count: number): string {
  return path
    .split('/')
    .slice(1 + count)
    .map((segment) => `/${segment}`)
    .join('')
}

function joined(add: string, rest: string): string {
  return add + rest === '' ? '/' : add + rest
}
