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
import type { Reply } from '#reply'
import type { CanonicalTarget } from '#wire/canonical'

/** How a request came in. */
export const HTTP = 'HTTP'
export const WEBSOCKET = 'WEBSOCKET'
export const entries = [HTTP, WEBSOCKET] as const
export type Entry = (typeof entries)[number]

/** The head of a request, as the client sent it. Nothing of it is trusted yet. */
export type RequestHead = Pick<
  IncomingMessage,
  'method' | 'url' | 'httpVersion' | 'headers' | 'rawHeaders'
>

interface Arriving {
  readonly request: RequestHead
  /** Answers in the way of this entry, unless an answer was begun. */
  readonly answer: (reply: Reply) => void
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The address of the client, IPv4 or IPv6 text. */
  readonly address: string
}

export interface HttpArrival extends Arriving {
  readonly entry: typeof HTTP
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Whether the client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean
}

/** A request to become a WebSocket. If it is agreed to, HTTP is taken off its connection. */
export interface WebSocketArrival extends Arriving {
  readonly entry: typeof WEBSOCKET
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly socket: Duplex
  /** What the client sent behind the request's head. */
  readonly head: Buffer
}

export type Arrival = HttpArrival | WebSocketArrival
export type ArrivalBy<E extends Entry> = Extract<Arrival, { readonly entry: E }>

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
  /** Whom the same credential stands for at a later moment, with the facts of then. */
  readonly subjectLater: (estate: Estate, nowMs: number) => Subject
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
export type Decided<E extends Entry = Entry> = ArrivalBy<E> &
  Understood &
  Informed &
  Routed &
  Identified &
  Assembled &
  Judged &
  Recorded
