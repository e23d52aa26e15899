// Where each process of a gateway keeps what is its own: its decision log above all, which only one
// process may write.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export interface ProcessPlace {
  readonly number: number
  readonly place: string
}

/** The place of a process, from 1. */
export function processPlace(directory: string, number: number): string {
  return join(directory, 'processes', String(number))
}

/** Those that are there, also of processes that run no more. Throws what the disk throws. */
export function processPlaces(directory: string): readonly ProcessPlace[] {
  return names(join(directory, 'processes'))
    .filter((name) => /^[1-9]\d{0,2}$/.test(name))
    .map((name) => ({ number: Number(name), place: processPlace(directory, Number(name)) }))
}

/** Removes a place with all that is in it. Throws what the disk throws. */
export function removePlace(place: string): void {
  rmSync(place, { recursive: true, force: true })
}

function names(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
