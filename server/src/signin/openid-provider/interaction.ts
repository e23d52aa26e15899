// Between the question of an application and its answer, where a person has to do something: we send
// them to our own sign-in page, and see afterwards whether what was asked for has happened.
import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Session } from '@countersign/contract/documents'
import type { InteractionResults, PromptDetail, Provider } from 'oidc-provider'
import type { Dependencies } from '#http/dependencies'
import { firstAsked } from '#signin/ask.store'
import { asksForFreshSignIn } from './prompts.ts'
import { acrOf, amrOf, authTimeOf } from './standing.ts'

/** What comes next: the sign-in page, or the application with this result. */
export type InteractionStep =
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'finish'; readonly result: InteractionResults }

/**
 * Looks at an interaction and who is there.
 * @throws SessionNotFound of the library where it is not of this browser.
 */
export async function interactionStep(
  provider: Provider,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  { uid, session }: { readonly uid: string; readonly session: Session | undefined },
  { store, now }: Pick<Dependencies, 'store' | 'now'>,
): Promise<InteractionStep> {
  const details = await provider.interactionDetails(request, response)
  if (details.uid !== uid) return { kind: 'sign-in' }
  // The first sight of it is the question; a sign-in answers it if it is not older.
  const asked = await firstAsked(store.db, flowOf(uid), now())
  const { prompt } = details
  if (!session) return { kind: 'sign-in' }
  if (asksForFreshSignIn(prompt.reasons) && session.authentication.observedAt < asked) {
    return { kind: 'sign-in' }
  }
  return { kind: 'finish', result: resultOf(prompt, session) }
}

function resultOf(prompt: PromptDetail, { person, authentication }: Session): InteractionResults {
  if (prompt.name === 'consent') return { consent: {} }
  const acr = acrOf(authentication)
  if (!isEnough(prompt, acr)) {
    // OpenID Connect Unmet Authentication Requirements 1.0 §3.
    return {
      error: 'unmet_authentication_requirements',
      error_description: `the sign-in is of class ${acr}, which is not what was asked for`,
    }
  }
  return {
    login: {
      accountId: person,
      ts: authTimeOf(authentication),
      acr,
      amr: [...amrOf(authentication)],
      remember: false,
    },
  }
}

function isEnough({ reasons, details }: PromptDetail, acr: string): boolean {
  if (!reasons.some((reason) => reason.startsWith('essential_acr'))) return true
  const { value, values } = (details['acr'] ?? {}) as {
    readonly value?: unknown
    readonly values?: unknown
  }
  return value === acr || (Array.isArray(values) && values.includes(acr))
}

/** Our name of an interaction, of the shape that all flows have. */
function flowOf(uid: string): string {
  return hash('sha256', `openid:${uid}`, 'base64url')
}
