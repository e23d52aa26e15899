// What a list says of a policy: its effect, how far it has been rolled out, and what its author
// says it is for.
import type { Release } from '@countersign/contract/documents'

type Stage = Release['policies'][number]['stage']

/** How far a policy has been rolled out. */
export const stageWords: Readonly<
  Record<Stage['kind'], { readonly badge: string; readonly meaning: string }>
> = {
  observe: { badge: 'Observed', meaning: 'recorded only; it does not decide yet' },
  pilot: { badge: 'Pilot', meaning: 'decides for the named populations only' },
  enforce: { badge: 'Enforced', meaning: 'decides for everyone' },
}

/** The effect that a policy's text begins with, after comments and annotations. */
export function effectOf(text: string): 'permit' | 'forbid' | undefined {
  const found = /^(?:\s+|\/\/[^\n]*\n?|@\w+(?:\("(?:[^"\\]|\\.)*"\))?)*(permit|forbid)\b/.exec(text)
  return found?.[1] === 'permit' || found?.[1] === 'forbid' ? found[1] : undefined
}

/** The text without the annotations at its head, which are shown as words. */
export function bodyOf(text: string): string {
  return text.replace(/^(?:\s+|@\w+\s*(?:\("(?:[^"\\]|\\.)*"\))?)+/, '')
}

/** What the policy's author calls it. */
export const titleOf = (annotations: Annotations): string | undefined => annotations['title']

/** What the policy's author says it is for. */
export const descriptionOf = (annotations: Annotations): string | undefined =>
  annotations['description'] ?? annotations['reason'] ?? annotations['summary']

type Annotations = Readonly<Record<string, string>>
