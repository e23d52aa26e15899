// An access that was allowed once is not allowed for ever: every open stream is judged again
// whenever a fact changes, and from time to time because facts also end by growing old. What is no
// longer allowed is cut.
import type { DecisionRecord } from '@countersign/contract/decision'
import type { Estate, Question } from '@countersign/contract/estate'
import type { Assembled, Identified, Judged } from '#exchange'
import type { LiveEstate } from '#feed/live-estate'

export interface OpenStream {
  /** Who opened it and for what; judged again with the facts of the moment. */
  readonly opened: Pick<Identified & Assembled & Judged, 'subjectLater' | 'question' | 'judgement'>
  /** Milliseconds since the epoch from which on it may be cut; short answers are left to finish. */
  readonly from: number
  /** Whether it is at a point where cutting it is right. */
  readonly isCuttable: () => boolean
  /** Whether the application still leads where this stream does; always, where it is not said. */
  readonly stillLeads?: (estate: Estate) => boolean
  /**
   * Whether the application would still be signed in to as it was for this stream, at a moment in
   * milliseconds since the epoch; always, where it is not said.
   */
  readonly isStillSignedIn?: (estate: Estate, now: number) => boolean
  /** `record` is what is recorded of the end, where policies ended it. Never rejects. */
  readonly cut: (why: CutReason, record?: Promise<DecisionRecord | undefined>) => void
}

/**
 * `credential-changed`: the access holds, and whoever opens it anew is signed in anew.
 * `stopping`: what has no end of its own must end now; what has one may finish.
 */
export type CutReason = 'access-ended' | 'credential-changed' | 'stopping'

export interface OpenStreamsOptions {
  readonly facts: LiveEstate
  readonly now: () => number
  /** Runs a task later in this turn of the event loop, when all changes have been applied. */
  readonly atEndOfTurn: (task: () => void) => void
  /**
   * Told of each stream that is about to be cut, with what is true of it now; gives the record of
   * it, undefined where nothing could be recorded. Never rejects.
   */
  readonly onCut: (stream: OpenStream, question: Question) => Promise<DecisionRecord | undefined>
  /** Told of each stream that is cut because the application is signed in to otherwise now. */
  readonly onCredentialChanged: (stream: OpenStream) => void
  /**
   * Told once every stream was judged with a change and those whose access it ended were cut: how
   * long after the control plane had signed it, in milliseconds.
   */
  readonly onJudged: (tookMs: number) => void
}

export class OpenStreams {
  readonly #options: OpenStreamsOptions
  readonly #streams = new Set<OpenStream>()
  /** When the changes were signed that no stream has been judged with yet. */
  #unjudged: number[] = []
  #isDue = false
  #isDueLater = false

  constructor(options: OpenStreamsOptions) {
    this.#options = options
    options.facts.onChange((signedAtMs) => {
      this.#unjudged.push(signedAtMs)
      this.rejudgeSoon()
    })
  }

  /** Watches a stream; gives the function that ends the watch. */
  add(stream: OpenStream): () => void {
    this.#streams.add(stream)
    // What changed since the decision was made, and before it was watched, counts as well.
    if (stream.opened.judgement.sequence !== this.#options.facts.sequence) this.rejudgeSoon()
    return () => this.#streams.delete(stream)
  }

  get size(): number {
    return this.#streams.size
  }

  /** Judges every stream again and cuts what is no longer allowed. */
  rejudge(): void {
    const { now } = this.#options
    const at = now()
    let nextAt = Infinity
    for (const stream of this.#streams) {
      if (stream.from > at) nextAt = Math.min(nextAt, stream.from)
      else if (stream.isCuttable()) this.#rejudgeOne(stream, at)
    }
    if (nextAt < Infinity) this.#rejudgeLater(nextAt - at)
    this.#reportJudged()
  }

  /** Tells every stream that the gateway stops. */
  stop(): void {
    for (const stream of this.#streams) stream.cut('stopping')
  }

  #rejudgeOne(stream: OpenStream, now: number): void {
    const { facts, onCut, onCredentialChanged } = this.#options
    const { opened, isStillSignedIn } = stream
    const estate = facts.current
    const subject = estate ? opened.subjectLater(estate, now) : ({ kind: 'anonymous' } as const)
    const question: Question = { ...opened.question, subject, now }
    if (!this.#isAllowed(stream, question)) {
      this.#streams.delete(stream)
      stream.cut('access-ended', onCut(stream, question))
    } else if (estate && isStillSignedIn && !isStillSignedIn(estate, now)) {
      this.#streams.delete(stream)
      onCredentialChanged(stream)
      stream.cut('credential-changed')
    }
  }

  // What cannot be judged is not allowed.
  #isAllowed({ stillLeads = () => true }: OpenStream, question: Question): boolean {
    const { facts } = this.#options
    const estate = facts.current
    try {
      const application = estate?.applicationAt(question.circumstances.host)
      return (
        estate !== undefined &&
        application?.id === question.resource.id &&
        !facts.isStale(question.now, application.tier) &&
        stillLeads(estate) &&
        estate.judge(question).verdict === 'allow'
      )
    } catch {
      return false
    }
  }

  /** Judges every stream again at the end of this turn, however often it is asked for. */
  rejudgeSoon(): void {
    if (this.#isDue) return
    this.#isDue = true
    this.#options.atEndOfTurn(() => {
      this.#isDue = false
      this.rejudge()
    })
  }

  // Every change is a probe of how long a revocation takes, whether or not it ends anything.
  #reportJudged(): void {
    const { now, onJudged } = this.#options
    const at = now()
    for (const signedAtMs of this.#unjudged.splice(0)) onJudged(Math.max(0, at - signedAtMs))
  }

  #rejudgeLater(ms: number): void {
    if (this.#isDueLater) return
    this.#isDueLater = true
    setTimeout(() => {
      this.#isDueLater = false
      this.rejudge()
    }, ms).unref()
  }
}
