// Mistakes in the form of a test file or a list of changes, as findings at their places.
import {
  type FormProblem,
  pathText,
  PolicyTestError,
} from '@countersign/policy/policy-tests-problems'
import type { JsonPlace } from '@countersign/policy/lossless-json'
import { suggest } from '#suggest'
import type { DataDocument } from './document.ts'
import { findingAt, Refused } from './finding.ts'

/** Reads the form of a document. Throws `Refused` with a finding for each mistake. */
export function formRefused<T>(document: DataDocument, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof PolicyTestError)) throw error
    throw new Refused(
      error.problems.map(({ at, message, unknown }) =>
        findingAt(document.source, placeOf(document, at, unknown), {
          code: unknown === undefined ? 'test.form' : 'test.unknown-word',
          message: `${message} (at \`${pathText(at)}\`)`,
          help: helpOf(unknown),
        }),
      ),
    )
  }
}

function placeOf(
  document: DataDocument,
  at: FormProblem['at'],
  unknown: FormProblem['unknown'],
): JsonPlace {
  const isName = unknown !== undefined && at.at(-1) === unknown.word
  return isName ? document.placeOfName(at) : document.placeOf(at)
}

function helpOf(unknown: FormProblem['unknown']): string {
  const near = unknown === undefined ? undefined : suggest(unknown.word, unknown.known)
  return near === undefined ? 'docs/policies.md shows the form' : `did you mean \`${near}\`?`
}
