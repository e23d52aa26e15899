// What is known of a request grows step by step. Each type adds what one step found out, so a
// step cannot use what no earlier step has established.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { DecisionRecord } from '@countersign/contract/decision'
import type { Application } from '@countersign/contract/documents'
import type { Estate, Judgement, Question } from '@countersign/contract/estate'
import type { DecisionId } from '@countersign/contract/ids'
import type { AccessRequest, Subject } from '@countersign/contract/request'
import type { Enrolment } from '#enrolment/enrolment'
import type { Authority } from '#wire/authority'
import type { CanonicalTarget } from '#wire/canonical'

/** The connection of a request that asks to become a WebSocket, from which HTTP is taken off. */
interface RawConnection {
  readonly socket: Duplex
  /** What the client sent behind the request's head. */
  readonly head: Buffer
}

/** A request as it came in. Nothing of it is trusted yet. */
export interface Arrival {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Present for a WebSocket. */
  readonly raw?: RawConnection
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The address of the client's connection, IPv4 or IPv6 text. */
  readonly address: string
  /** Whether the client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean
}

/** Its target and host have one meaning. */
export interface Understood {
  readonly target: CanonicalTarget
  readonly authority: Authority
}

/** There are facts to decide with, fresh enough to be used. */
export interface Informed {
  readonly estate: Estate
  readonly enrolment: Enrolment
}

export interface Routed {
  readonly application: Application
}

export interface Identified {
  readonly subject: Subject
  /** The hash of the session cookie that was presented, whether or not it counts. */
  readonly presented: string | undefined
}

export interface Assembled {
  readonly access: AccessRequest
  readonly question: Question
}

export interface Judged {
  readonly judgement: Judgement
  /** How long judging took, in nanoseconds. */
  readonly tookNs: number
}

export interface Recorded {
  readonly decision: DecisionId
  readonly record: DecisionRecord
}

/** All that the steps before an effect have established. */
export type Decided = Arrival &
  Understood &
  Informed &
  Routed &
  Identified &
  Assembled &
  Judged &
  Recorded
