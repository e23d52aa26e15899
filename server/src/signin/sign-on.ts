// Signing on out: an application asks us who a person is. Whether it is told is a decision like any
// other, made with the facts of this moment and recorded before it takes effect, at every sign-on,
// every token and every assertion. The protocols stand beside this, and none decides by itself.
import type { NearMiss } from '@countersign/contract/decision'
import type { Application, Session } from '@countersign/contract/documents'
import { uid } from '@countersign/contract/entities'
import type { Remedies } from '@countersign/contract/remedies'
import { judged, type JudgeOptions } from '#http/judged'

/** Someone's session, the application that asks about them, and how it asks. */
export interface SignOnQuestion {
  readonly application: Application['id']
  readonly session: Session['id']
  readonly protocol: 'oidc' | 'saml'
  readonly method: string
  /** The host it asked us at, without port. */
  readonly host: string
  /** Our path, without the query. */
  readonly path: string
  /** Whoever asked: the browser of the person, or the application itself. */
  readonly address: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** `step-up`: a fresh or stronger sign-in would turn the refusal. `decision` is on record. */
export type SignOnOutcome =
  | { readonly kind: 'allow'; readonly decision: string; readonly session: Session }
  | {
      readonly kind: 'step-up' | 'deny'
      readonly decision: string
      readonly because: readonly NearMiss[]
      readonly remedies: Remedies | undefined
    }
  /** The session has ended, or its person is not here any longer: nobody is there to decide about. */
  | { readonly kind: 'ended' }

/**
 * Whether this session's person signs on to this application now. The answer is recorded.
 * @throws access.not_recorded where it cannot be.
 */
export async function decideSignOn(
  { application, session: id, protocol, method, host, path, address, now }: SignOnQuestion,
  options: JudgeOptions,
): Promise<SignOnOutcome> {
  const subject = options.estate.subjectOfSession(id, now)
  if (subject.kind !== 'person') return { kind: 'ended' }
  const { verdict, ...found } = await judged(
    {
      subject,
      action: 'access',
      resource: uid('application', application),
      circumstances: { protocol, method, host, path, address },
      now,
    },
    options,
    { isRecorded: true },
  )
  return verdict === 'allow'
    ? { kind: 'allow', decision: found.id, session: subject.session }
    : {
        kind: verdict,
        decision: found.id,
        because: found.explanation,
        remedies: found.remedies,
      }
}
