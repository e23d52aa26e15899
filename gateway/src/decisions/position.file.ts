// How far decisions were shipped. Losing it costs nothing but shipping them again, which the
// control plane recognises by their ids; so a failure to write it is no failure.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { LogPosition } from './decision-log.file.ts'

/** The last position written; undefined where there is none to be read. */
export function readPosition(path: string): LogPosition | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isPosition(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function writePosition(path: string, place: LogPosition): void {
  try {
    writeFileSync(`${path}.new`, JSON.stringify(place), { mode: 0o600 })
    renameSync(`${path}.new`, path)
  } catch {
    // See above.
  }
}

function isPosition(value: unknown): value is LogPosition {
  return (
    typeof value === 'object' &&
    value !== null &&
    'file' in value &&
    typeof value.file === 'string' &&
    'offset' in value &&
    Number.isSafeInteger(value.offset)
  )
}
