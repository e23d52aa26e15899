// An access that was allowed once is not allowed for ever: every open stream is judged again
// whenever a fact changes, and from time to time because facts also end by growing old. What is no
// longer allowed is cut.
import type { Question } from '@countersign/contract/estate'
import type { Assembled, Identified } from '#exchange'
import type { LiveEstate } from '#feed/live-estate'

export interface OpenStream {
  /** Who opened it and for what; judged again with the facts of the moment. */
  readonly opened: Pick<Identified & Assembled, 'subjectLater' | 'question'>
  /** Milliseconds since the epoch from which on it may be cut; short answers are left to finish. */
  readonly from: number
  /** Whether it is at a point where cutting it is right. */
  readonly isCuttable: () => boolean
  readonly cut: (why: CutReason) => void
}

/** `stopping`: what has no end of its own must end now; what has one may finish. */
type CutReason = 'access-ended' | 'stopping'

export interface OpenStreamsOptions {
  readonly facts: LiveEstate
  readonly now: () => number
  /** Runs a task later in this turn of the event loop, when all changes have been applied. */
  readonly atEndOfTurn: (task: () => void) => void
  /** Told of each stream that is about to be cut, with what is true of it now. */
  readonly onCut: (stream: OpenStream, question: Question) => void
}

export class OpenStreams {
  readonly #options: OpenStreamsOptions
  readonly #streams = new Set<OpenStream>()
  #isDue = false
  #isDueLater = false

  constructor(options: OpenStreamsOptions) {
    this.#options = options
    options.facts.onChange(() => this.#rejudgeSoon())
  }

  /** Watches a stream; gives the function that ends the watch. */
  add(stream: OpenStream): () => void {
    this.#streams.add(stream)
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
  }

  /** Tells every stream that the gateway stops. */
  stop(): void {
    for (const stream of this.#streams) stream.cut('stopping')
  }

  #rejudgeOne(stream: OpenStream, now: number): void {
    const { facts, onCut } = this.#options
    const { opened } = stream
    const estate = facts.current
    const subject = estate ? opened.subjectLater(estate, now) : ({ kind: 'anonymous' } as const)
    const question: Question = { ...opened.question, subject, now }
    if (!facts.isStale(now) && this.#isAllowed(question)) return
    this.#streams.delete(stream)
    onCut(stream, question)
    stream.cut('access-ended')
  }

  // What cannot be judged is not allowed.
  #isAllowed(question: Question): boolean {
    const estate = this.#options.facts.current
    try {
      return (
        estate?.applicationAt(question.circumstances.host)?.id === question.resource.id &&
        estate.judge(question).verdict === 'allow'
      )
    } catch {
      return false
    }
  }

  #rejudgeSoon(): void {
    if (this.#isDue || this.#streams.size === 0) return
    this.#isDue = true
    this.#options.atEndOfTurn(() => {
      this.#isDue = false
      this.rejudge()
    })
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
