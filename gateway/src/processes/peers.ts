// What a process of a gateway must know of the others of the same gateway, so that for a client it
// makes no difference to which of them it came.
import type { DecisionRecord } from '@countersign/contract/decision'
import { peersTimeoutMs } from '#limits'
import type { Reply } from '#reply'
import type { TunnelEnd } from '#streams/tcp-tunnel'
import type { IsFirstProof } from '#workloads/proof'
import { SeenProofs } from '#workloads/seen-proofs'
import type { Line } from './line.process.ts'

/** How a tunnel ended. */
export interface EndingElsewhere {
  readonly why: TunnelEnd
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly record?: DecisionRecord | undefined
}

export interface Peers {
  /** Which process this is, from 1; undefined where it is the only one. */
  readonly number: number | undefined
  /** Whether a proof of possession comes for the first time to any process; false where that is unknown. */
  readonly isFirstProof: IsFirstProof
  /** Resolves as soon as the others know the facts up to a position; with false where they do not in time. */
  readonly reached: (sequence: number, timeoutMs: number) => Promise<boolean>
  readonly ending: (
    decision: string,
    presented: string,
    nowMs: number,
  ) => Promise<EndingElsewhere | undefined>
  /** Gives away a refusal that another keeps. */
  readonly keptAnswer: (id: string) => Promise<Reply | undefined>
}

/** For a gateway of one process. */
export function nobodyElse({ proofsMaxCount }: { readonly proofsMaxCount: number }): Peers {
  const seen = new SeenProofs({ maxCount: proofsMaxCount })
  return {
    number: undefined,
    isFirstProof: (name, endsAt, nowMs) => seen.isFirst(name, endsAt, nowMs),
    reached: async () => true,
    ending: async () => undefined,
    keptAnswer: async () => undefined,
  }
}

/** For one of several, which asks through the primary process. */
export function peersThrough(line: Pick<Line, 'ask'>, number: number): Peers {
  return {
    number,
    // Unknown counts as seen: what cannot be remembered must not be believed.
    isFirstProof: (name, endsAt, nowMs) =>
      line.ask('proof', { name, endsAt, nowMs }, peersTimeoutMs).catch(() => false),
    reached: (sequence, timeoutMs) =>
      line.ask('reach', { sequence, timeoutMs }, timeoutMs).catch(() => false),
    ending: (decision, presented, nowMs) =>
      line.ask('ending', { decision, presented, nowMs }, peersTimeoutMs).catch(() => undefined),
    keptAnswer: (id) => line.ask('kept', id, peersTimeoutMs).catch(() => undefined),
  }
}
