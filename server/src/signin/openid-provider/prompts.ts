// When an application's question leads a person to the sign-in page: because nobody is signed in,
// because the application asks for a fresh or a stronger sign-in, or because a policy does.
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import type { SignOnOutcome } from '#signin/sign-on'
import { isAtLeast } from './standing.ts'

const { base, Check } = interactionPolicy

export interface PromptOptions {
  /** Decides about the person who is there and the application that asks. */
  readonly decide: (ctx: KoaContextWithOIDC) => Promise<SignOnOutcome>
}

/** Reasons that a sign-in as such answers; every other one asks for a fresh sign-in. */
const answeredByAnySignIn: ReadonlySet<string> = new Set(['no_session'])

/** Whether the reasons for an interaction ask for a sign-in that is newer than the question. */
export function asksForFreshSignIn(reasons: readonly string[]): boolean {
  return reasons.some((reason) => !answeredByAnySignIn.has(reason))
}

/** What the library goes through before it answers an application. */
export function prompts({ decide }: PromptOptions): interactionPolicy.Prompt[] {
  const policy = base()
  const login = policy.get('login')
  const consent = policy.get('consent')
  if (!login || !consent) throw new Error('the library knows no prompts of these names')
  // An administrator registered what an application may learn. Who asks for consent gets the sign-on.
  const others = consent.checks.map(({ reason }) => reason).filter((it) => it !== 'consent_prompt')
  for (const reason of others) consent.checks.remove(reason)
  login.checks.add(
    new Check('acr_values', 'a stronger sign-in was asked for', 'login_required', ({ oidc }) => {
      const asked = oidc.params?.['acr_values']
      if (typeof asked !== 'string' || oidc.result?.login) return Check.NO_NEED_TO_PROMPT
      return !isAtLeast(oidc.session?.acr ?? '', asked.split(' '))
    }),
  )
  login.checks.add(
    new Check(
      'policy',
      'a policy asks for a fresh or a stronger sign-in',
      'login_required',
      async (ctx) => {
        if (ctx.oidc.session?.accountId === undefined) return Check.NO_NEED_TO_PROMPT
        const outcome = await decide(ctx)
        switch (outcome.kind) {
          case 'allow':
            return Check.NO_NEED_TO_PROMPT
          case 'ended':
            return Check.REQUEST_PROMPT
          case 'step-up':
            // A sign-in that was just made and does not suffice would be asked for again and again.
            if (ctx.oidc.result?.login) throw refused(outcome.decision)
            return Check.REQUEST_PROMPT
          case 'deny':
            throw refused(outcome.decision)
        }
      },
    ),
  )
  return policy
}

function refused(decision: string): Error {
  return new errors.AccessDenied(
    `no policy lets you sign on to this application now; the decision is ${decision}`,
  )
}
