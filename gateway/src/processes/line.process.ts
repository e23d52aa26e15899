// The line between two processes of one gateway: either side asks, the other answers. An answer that
// does not come in time, or never will because the other process is gone, is an error, so that
// whoever asked decides what is safe without it.
import { z } from 'zod'
import {
  type Answered,
  type Answers,
  type Asked,
  type QuestionName,
  questions,
} from './questions.ts'

export interface Channel {
  /** Messages are of what structured cloning copies. May throw where the other side is gone. */
  readonly send: (message: object) => void
  readonly onMessage: (listener: (message: unknown) => void) => void
  readonly onEnd: (listener: () => void) => void
}

interface Waiting {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

const names = z.enum(
  // INVARIANT: these are the names, because all of them are gone through.
  Object.keys(questions) as [QuestionName, ...QuestionName[]],
)
const message = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ask'), id: z.int(), name: names, asked: z.unknown() }),
  z.strictObject({ kind: z.literal('answer'), id: z.int(), answered: z.unknown() }),
  z.strictObject({ kind: z.literal('failure'), id: z.int(), why: z.string() }),
])

export class Line {
  readonly #channel: Channel
  readonly #answers: Answers
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #hasEnded = false

  constructor(channel: Channel, answers: Answers) {
    this.#channel = channel
    this.#answers = answers
    channel.onMessage((given) => {
      // What others send on the same channel is not for us.
      const read = message.safeParse(given)
      if (read.success) this.#take(read.data)
    })
    channel.onEnd(() => {
      this.#hasEnded = true
      for (const { reject, timer } of this.#waiting.values()) {
        clearTimeout(timer)
        reject(new Error('the other process is gone'))
      }
      this.#waiting.clear()
    })
  }

  /** Asks the other side. Rejects where it is gone, fails, or does not answer within `timeoutMs`. */
  ask<N extends QuestionName>(name: N, asked: Asked<N>, timeoutMs: number): Promise<Answered<N>> {
    if (this.#hasEnded) return Promise.reject(new Error('the other process is gone'))
    const id = ++this.#lastId
    const answering = new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(new Error(`the other process did not answer \`${name}\` within ${timeoutMs} ms`))
      }, timeoutMs)
      this.#waiting.set(id, { resolve, reject, timer })
      this.#send({ kind: 'ask', id, name, asked })
    })
    // INVARIANT: the schema under a name reads the answer of that name.
    return answering.then((answer) => questions[name].answered.parse(answer) as Answered<N>)
  }

  #take(given: z.infer<typeof message>): void {
    if (given.kind === 'ask') {
      void this.#answer(given.id, given.name, given.asked)
      return
    }
    const waiting = this.#waiting.get(given.id)
    if (!waiting) return
    this.#waiting.delete(given.id)
    clearTimeout(waiting.timer)
    if (given.kind === 'answer') waiting.resolve(given.answered)
    else waiting.reject(new Error(given.why))
  }

  async #answer(id: number, name: QuestionName, asked: unknown): Promise<void> {
    try {
      // INVARIANT: what it is called with was read by the schema under its name.
      const answer = this.#answers[name] as ((asked: unknown) => unknown) | undefined
      if (!answer) throw new Error(`nobody answers \`${name}\` here`)
      const answered = await answer(questions[name].asked.parse(asked))
      this.#send({ kind: 'answer', id, answered })
    } catch (error) {
      this.#send({
        kind: 'failure',
        id,
        why: error instanceof Error ? error.message : String(error),
      })
    }
  }

  #send(what: object): void {
    if (this.#hasEnded) return
    try {
      this.#channel.send(what)
    } catch {
      // The end of the channel follows, and is told to whoever waits.
    }
  }
}
