// The enrolment, kept where only this program's user can read it.
import { readFileSync } from 'node:fs'
import { writeAtomically } from '#atomic-write.file'
import { enrolment, type Enrolment } from './enrolment.ts'

/** The stored enrolment; undefined where the gateway has not enrolled. Throws where it is unreadable. */
export function readEnrolment(path: string): Enrolment | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const parsed = enrolment.safeParse(JSON.parse(text))
  if (!parsed.success) {
    throw new Error(`\`${path}\` is not an enrolment; remove it and enrol the gateway anew`)
  }
  return parsed.data
}

export function writeEnrolment(path: string, value: Enrolment): void {
  writeAtomically(path, `${JSON.stringify(value)}\n`)
}
