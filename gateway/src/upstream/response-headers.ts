// What a client receives: the application's headers, without those of this connection and without
// anything that only we may say.
import { ownApplication } from '@countersign/contract/actions'
import { decisionHeader } from '@countersign/contract/session'
import { setsOurCookie } from '#wire/cookies'
import { connectionOptions, isRemovedFromResponses } from '#wire/headers'

export interface ResponseOrigin {
  readonly application: string
  readonly decision: string
}

/** Names and values in turn, from names and values in turn. */
export function responseHeaders(
  raw: readonly string[],
  { application, decision }: ResponseOrigin,
): string[] {
  const isOurs = application === ownApplication
  const forThisHop = connectionOptions(valueOf(raw, 'connection'))
  const passed: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? ''
    const value = raw[index + 1] ?? ''
    const lower = name.toLowerCase()
    if (isRemovedFromResponses(lower) || forThisHop.has(lower) || lower === decisionHeader) continue
    if (!isOurs && lower.startsWith('countersign-')) continue
    if (!isOurs && lower === 'set-cookie' && setsOurCookie(value)) continue
    passed.push(name, value)
  }
  passed.push(decisionHeader, decision)
  return passed
}

/** The values of a header, joined; undefined where it is absent. */
export function valueOf(raw: readonly string[], name: string): string | undefined {
  const values: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    if (raw[index]?.toLowerCase() === name) values.push(raw[index + 1] ?? '')
  }
  return values.length === 0 ? undefined : values.join(', ')
}
