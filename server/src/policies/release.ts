// A release is an immutable set of policies with a number and a digest. Countersign's own policies
// are in every one of them.
import { createHash } from 'node:crypto'
import type { Diagnostic } from '@countersign/authoring/authoring'
import { canonicalJson } from '@countersign/contract/canonical'
import type { Release } from '@countersign/contract/documents'
import { type IdSource, newId } from '@countersign/contract/ids'
import { type Problem, problem } from '@countersign/contract/problems'
import type { PolicySyntax, TemplateSyntax } from '@countersign/policy/syntax'
import type { Draft } from '#journal/journal.store'
import { ownPoliciesPrefix } from './names.ts'

/** A file of Cedar text. */
export interface PolicyFile {
  readonly name: string
  readonly text: string
}

/** What reading and validating one file gave. */
interface ReadFile {
  readonly policies: readonly PolicySyntax[]
  readonly templates: readonly TemplateSyntax[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads one file and validates it against the vocabulary. */
export type ReadPolicies = (file: PolicyFile) => Promise<ReadFile>

const diagnosticsShown = 5

/**
 * Reads files and checks that they make one set.
 * @throws Problem `policies.invalid` naming the places.
 */
export async function readSet(
  files: readonly PolicyFile[],
  read: ReadPolicies,
): Promise<readonly PolicySyntax[]> {
  const policies: PolicySyntax[] = []
  const faults: string[] = []
  for (const file of files) {
    const { policies: found, templates, diagnostics } = await read(file)
    policies.push(...found)
    faults.push(
      ...diagnostics
        .filter(({ severity }) => severity === 'error')
        .map(({ message, span }) => `${file.name}:${span.line}:${span.column}: ${message}`),
      ...templates.map(
        ({ id, span }) =>
          `${file.name}:${span.line}:${span.column}: \`${id}\` is a template; write out a policy for each of its uses`,
      ),
    )
  }
  const seen = new Map<string, string>()
  for (const { id, file = '', span } of policies) {
    const before = seen.get(id)
    const place = `${file}:${span.line}:${span.column}`
    if (before === undefined) seen.set(id, place)
    else faults.push(`${place}: the id \`${id}\` is used already at ${before}; give it another`)
  }
  if (faults.length > 0) throw invalid(faults)
  return policies
}

/** Whether a policy belongs to the product. */
export function isOwn({ file }: { readonly file?: unknown }): boolean {
  return typeof file === 'string' && file.startsWith(ownPoliciesPrefix)
}

/**
 * The release that follows `previous`.
 * @param author who made it, as `Person::"ada"`.
 * @param at milliseconds since the epoch.
 */
export function nextRelease(
  policies: readonly PolicySyntax[],
  previous: Pick<Release, 'number'> | undefined,
  { author, at, ids }: { readonly author: string; readonly at: number; readonly ids: IdSource },
): Release {
  const release = {
    id: newId('release', ids),
    number: (previous?.number ?? 0) + 1,
    createdAt: at,
    author,
    // As the store gives it back, so that the digest is of what everybody reads.
    policies: JSON.parse(JSON.stringify(policies)) as Release['policies'],
  }
  const digest = createHash('sha256').update(canonicalJson(release)).digest('hex')
  return { ...release, digest }
}

/** The change that brings a release into force. */
export function releaseDraft(release: Release): Draft {
  return { event: 'policies.release.made', kind: 'release', id: release.id, after: release }
}

function invalid(faults: readonly string[]): Problem {
  const shown = faults.slice(0, diagnosticsShown).join('; ')
  const more = faults.length - diagnosticsShown
  return problem('policies.invalid', more > 0 ? `${shown}; and ${more} more` : shown, {
    diagnostics: faults,
  })
}
