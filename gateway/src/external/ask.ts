// A question of another proxy goes through the same flow as every request. Whatever goes wrong on
// the way is a refusal.
import { Problem } from '@countersign/contract/problems'
import { EXTERNAL, type ExternalArrival } from '#exchange'
import { flow } from '#flow'
import type { Gateway } from '#gateway'
import { detailsOf, type Reply, replyWithProblem } from '#reply'
import type { Told } from './told.ts'

export interface Question extends Told {
  /** The id of the application whose route the proxy selected. */
  readonly route: string
  /** Whether the proxy takes off the headers that an allow names. */
  readonly removes: boolean
}

/** Answers a question exactly once; undefined where the flow ended without an answer. */
export async function ask(question: Question, gateway: Gateway): Promise<Reply> {
  let given: Reply | undefined
  const arrival: ExternalArrival = {
    ...question,
    entry: EXTERNAL,
    now: gateway.clock.now(),
    answer(reply) {
      given ??= reply
    },
  }
  try {
    await flow.run(arrival, gateway)
  } catch (error) {
    if (!(error instanceof Problem)) {
      gateway.log.error({ err: error }, 'a question of a proxy failed unexpectedly: refused')
    }
    refuse(arrival, error, gateway)
  }
  if (!given) refuse(arrival, new Error('no step answered'), gateway)
  // INVARIANT: a refusal calls `answer`, so there is a reply by now; without one, nothing passes.
  return given ?? { status: 503, headers: {}, body: '' }
}

function refuse(arrival: ExternalArrival, error: unknown, { metrics }: Gateway): void {
  const details = detailsOf(error)
  metrics.answeredWithProblem(details.code)
  replyWithProblem(arrival, details)
}
