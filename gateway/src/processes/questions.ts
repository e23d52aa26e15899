// What the processes of one gateway ask each other. They trust each other, and yet a message is
// read like any other: a process that was replaced by an update may speak an older dialect.
import { decisionRecord } from '@countersign/contract/decision'
import { z } from 'zod'
import { enrolment } from '#enrolment/enrolment'

const pair = z.strictObject({ chain: z.string(), key: z.string() })
const challenge = z.strictObject({ host: z.string(), pair: pair.optional() })
const address = z.strictObject({ address: z.string(), family: z.string(), port: z.int() })
const nothing = z.null()

/** Each question, with the shape of what is asked and of the answer. */
export const questions = {
  /** A worker's first: what was settled before it began. */
  begin: {
    asked: nothing,
    answered: z.strictObject({
      enrolment: enrolment.optional(),
      challenges: z.array(challenge),
    }),
  },
  /** A worker accepts connections. */
  listening: {
    asked: z.strictObject({
      address,
      externalAddress: address.optional(),
      redirectAddress: address.optional(),
    }),
    answered: nothing,
  },
  /** A worker cannot begin, and the operator must change something. */
  failed: { asked: z.string(), answered: nothing },
  /** Whether a proof of possession comes for the first time to any process. */
  proof: {
    asked: z.strictObject({ name: z.string(), endsAt: z.number(), nowMs: z.number() }),
    answered: z.boolean(),
  },
  /** Whether every other process knows the facts up to a position; waits for it. */
  reach: {
    asked: z.strictObject({ sequence: z.int(), timeoutMs: z.number() }),
    answered: z.boolean(),
  },
  /** How a tunnel ended that another process held. */
  ending: {
    asked: z.strictObject({ decision: z.string(), presented: z.string(), nowMs: z.number() }),
    answered: z
      .strictObject({
        why: z.enum(['access-ended', 'stopping', 'closed', 'idle', 'expired', 'broken']),
        at: z.number(),
        record: decisionRecord.optional(),
      })
      .optional(),
  },
  /** A refusal that another process keeps until the proxy that asked fetches it. */
  kept: {
    asked: z.string(),
    answered: z
      .strictObject({
        status: z.int(),
        headers: z.record(z.string(), z.union([z.string(), z.array(z.string()).readonly()])),
        body: z.string(),
      })
      .optional(),
  },
  /** The gateway has enrolled. */
  enrolled: { asked: enrolment, answered: nothing },
  /** What proves to a certificate authority that a host is ours, or that it is not asked any more. */
  challenge: { asked: challenge, answered: nothing },
  /** A host has a new certificate on disk. */
  certificate: { asked: z.string(), answered: nothing },
  state: { asked: nothing, answered: z.enum(['ready', 'without-facts', 'stale']) },
  /** Everything counted, as prom-client exports it. */
  metrics: { asked: nothing, answered: z.array(z.looseObject({ name: z.string() })) },
  stop: { asked: nothing, answered: nothing },
} as const

export type QuestionName = keyof typeof questions
export type Asked<N extends QuestionName> = z.infer<(typeof questions)[N]['asked']>
export type Answered<N extends QuestionName> = z.infer<(typeof questions)[N]['answered']>

/** Who answers which questions. */
export type Answers = {
  readonly [N in QuestionName]?: (asked: Asked<N>) => Answered<N> | Promise<Answered<N>>
}
