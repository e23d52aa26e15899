// What is known of a request grows step by step. Each type adds what one step found out, so a
// step cannot use what no earlier step has established.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { DecisionRecord } from '@countersign/contract/decision'
import type { Application } from '@countersign/contract/documents'
import type { Estate, Judgement, Question } from '@countersign/contract/estate'
import type { DecisionId } from '@countersign/contract/ids'
import type { AccessRequest, Subject } from '@countersign/contract/request'
import type { Enrolment } from '#enrolment/enrolment'
import type { TlsPeer } from '#tls/peer'
import type { Authority } from '#wire/authority'
import type { Reply } from '#reply'
import type { CanonicalTarget } from '#wire/canonical'

/** How a request came in. */
export const HTTP = 'HTTP'
export const WEBSOCKET = 'WEBSOCKET'
export const TUNNEL = 'TUNNEL'
export const EXTERNAL = 'EXTERNAL'
export const entries = [HTTP, WEBSOCKET, TUNNEL, EXTERNAL] as const
export type Entry = (typeof entries)[number]

/** The head of a request, as the client sent it. Nothing of it is trusted yet. */
export type RequestHead = Pick<
  IncomingMessage,
  'method' | 'url' | 'httpVersion' | 'headers' | 'rawHeaders'
>

/** A request with its body, as far as steps use it: HTTP/1.1 and HTTP/2 both have this much. */
export interface HttpRequest extends RequestHead {
  /** Whether everything of it has arrived. */
  readonly complete: boolean
  /** Whether a body follows, where that is known without headers that say so (RFC 9113 §8.1). */
  readonly bodyFollows?: boolean
  /** What came behind the body, names and values in turn; known once it has ended. */
  readonly rawTrailers: readonly string[]
  on(event: 'data', listener: (chunk: Buffer) => void): unknown
  on(event: 'end', listener: () => void): unknown
  on(event: 'close', listener: () => void): unknown
  off(event: 'data', listener: (chunk: Buffer) => void): unknown
  off(event: 'end', listener: () => void): unknown
  off(event: 'close', listener: () => void): unknown
  pause(): unknown
  resume(): unknown
}

/** The answer to it, likewise. */
export interface HttpResponse {
  readonly headersSent: boolean
  readonly destroyed: boolean
  readonly writableEnded: boolean
  readonly writableFinished: boolean
  on(event: 'drain', listener: () => void): unknown
  on(event: 'close', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  once(event: 'finish', listener: () => void): unknown
  off(event: 'drain', listener: () => void): unknown
  off(event: 'close', listener: () => void): unknown
  /** Headers are names and values in turn, or an object. */
  writeHead(status: number, headers: string[] | Record<string, number | string | string[]>): unknown
  writeContinue(): void
  /** Gives false where `drain` is to be waited for. */
  write(chunk: Buffer): boolean
  end(chunk?: Buffer): unknown
  /** Ends with text of which each character is one byte. */
  end(text: string, encoding: 'latin1'): unknown
  /** Sends the head without waiting for a body to go with it. */
  flushHeaders(): void
  /** Sent behind the body, where the answer has a place for them. */
  addTrailers(trailers: [string, string][]): void
  /** Ends it so that the client sees that it is not whole. */
  destroy(): unknown
}

interface Arriving {
  readonly request: RequestHead
  /** Answers in the way of this entry, unless an answer was begun. */
  readonly answer: (reply: Reply) => void
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The address of the client, IPv4 or IPv6 text. */
  readonly address: string
  /** Who is at the other end, where the connection is ours and secured with TLS. */
  readonly tls?: TlsPeer
}

interface HttpArrival extends Arriving {
  readonly entry: typeof HTTP
  readonly request: HttpRequest
  readonly response: HttpResponse
  /** Whether the client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean
}

/** A request to become a WebSocket. If it is agreed to, HTTP is taken off its connection. */
interface WebSocketArrival extends Arriving {
  readonly entry: typeof WEBSOCKET
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly socket: Duplex
  /** What the client sent behind the request's head. */
  readonly head: Buffer
}

/** A `CONNECT`. If it is allowed, its connection carries whatever the application speaks. */
interface TunnelArrival extends Arriving {
  readonly entry: typeof TUNNEL
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly socket: Socket
  /** What the client sent behind the request's head. */
  readonly head: Buffer
}

/** The question of another proxy, about a request that it holds and tells us of. */
export interface ExternalArrival extends Arriving {
  readonly entry: typeof EXTERNAL
  /** The id of the application whose route the proxy selected. */
  readonly route: string
  /** Whether the proxy takes off the headers that an allow names. */
  readonly removes: boolean
}

export type Arrival = HttpArrival | WebSocketArrival | TunnelArrival | ExternalArrival
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
  /** Whether `Authorization` was meant for us, believed or not: then no application sees it. */
  readonly hasOurAuthorization?: boolean
  /** What a refusal tells a client whose token did not help (RFC 9110 §11.6.1). */
  readonly challenge?: string
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
