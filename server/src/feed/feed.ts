// What gateways follow. A change is signed once, whoever listens, and a follower who was away is
// led from where they stand to the present through the journal, without a gap and without a
// repeat.
import type { AnyDocument } from '@countersign/contract/documents'
import { documentKinds } from '@countersign/contract/documents'
import type { Estate } from '@countersign/contract/estate'
import type { Changes } from '@countersign/contract/feed'
import { heartbeatMs } from '@countersign/contract/feed'
import { Outbox } from '#http/stream'
import { changesOf } from '#journal/changes'
import type { Batch, Entry } from '#journal/journal.store'
import type { Ledger } from '#journal/ledger'
import type { Log } from '#log'
import type { FeedSigner } from './sign.ts'

/** One signed line of the change stream, with the position it leads to. */
export interface FeedLine {
  readonly from: number
  readonly to: number
  /** A compact JWS. */
  readonly jws: string
}

export interface FeedOptions {
  readonly ledger: Ledger
  readonly signer: FeedSigner
  /** Entries after a position, in order, at most `limit`. */
  readonly readEntries: (after: number, limit: number) => Promise<readonly Entry[]>
  readonly now: () => number
  readonly log: Log
}

/** What a follower may leave unread before they are let go, in characters. */
const unreadMaxCharacters = 64 * 1024 * 1024
const catchUpPageEntries = 500
/** A line carries at most this much, in characters of JSON, unless one document is larger. */
const lineMaxCharacters = 4 * 1024 * 1024

/** Signs what the ledger publishes and hands it to those who follow. */
export class Feed {
  readonly #options: FeedOptions
  readonly #followers = new Set<Outbox<FeedLine>>()
  readonly #unsubscribe: () => void
  /** Signing takes turns, so that lines leave in the order of the journal. */
  #signing: Promise<void> = Promise.resolve()
  /** The position of the last line that was handed out. */
  #position: number
  #snapshot:
    | { readonly sequence: number; readonly at: number; readonly jws: Promise<string> }
    | undefined

  constructor(options: FeedOptions) {
    this.#options = options
    this.#position = options.ledger.sequence
    this.#unsubscribe = options.ledger.subscribe((batch) => this.#enqueue(batch))
  }

  get followers(): number {
    return this.#followers.size
  }

  /** All current documents, signed. */
  snapshot(): Promise<string> {
    const { ledger, signer, now } = this.#options
    const { sequence, estate } = ledger
    const at = now()
    const last = this.#snapshot
    if (last && last.sequence === sequence && at - last.at < heartbeatMs) return last.jws
    const jws = signer.snapshot({ sequence, at, documents: snapshotDocuments(estate) })
    this.#snapshot = { sequence, at, jws }
    return jws
  }

  /**
   * Every change after a position, as it happens, until `signal` aborts or the follower falls too
   * far behind. `after` must not be ahead of the journal.
   */
  async *follow(after: number, signal: AbortSignal): AsyncGenerator<FeedLine> {
    const outbox = new Outbox<FeedLine>(unreadMaxCharacters, ({ jws }) => jws.length)
    this.#followers.add(outbox)
    try {
      // From here on the outbox misses nothing; what lies before it comes from the journal.
      const start = this.#position
      let position = after
      for await (const line of this.#catchUp(after, start, signal)) {
        position = line.to
        yield line
      }
      // Where a change is being signed already, its line says more than silence would.
      if (position === this.#options.ledger.sequence) {
        yield await this.#sign({ from: position, to: position, entries: [] })
      }
      for await (const line of outbox.take(signal)) {
        // A follower that stood ahead of this server's last line already has these.
        if (line.to < position || (line.to === position && line.from < position)) continue
        position = line.to
        yield line
      }
    } finally {
      this.#followers.delete(outbox)
    }
  }

  /** Says that nothing changed. Called every `heartbeatMs`. */
  beat(): void {
    if (this.#followers.size === 0) return
    this.#inTurn(async () => {
      if (this.#position !== this.#options.ledger.sequence) return
      const line = await this.#sign({ from: this.#position, to: this.#position, entries: [] })
      this.#hand(line)
    })
  }

  /** Ends every stream. */
  close(): void {
    this.#unsubscribe()
    for (const outbox of this.#followers) outbox.end()
  }

  async *#catchUp(after: number, until: number, signal: AbortSignal): AsyncGenerator<FeedLine> {
    let position = after
    while (position < until && !signal.aborted) {
      const limit = Math.min(catchUpPageEntries, until - position)
      const entries = await this.#options.readEntries(position, limit)
      const last = entries.at(-1)
      if (!last) throw new Error(`the journal ends before position ${until}`)
      for (const part of split({ from: position, to: last.sequence, entries })) {
        yield await this.#sign(part)
      }
      position = last.sequence
    }
  }

  #enqueue(batch: Batch): void {
    this.#inTurn(async () => {
      for (const part of split(batch)) {
        const line = await this.#sign(part)
        this.#position = line.to
        this.#hand(line)
      }
    })
  }

  #hand(line: FeedLine): void {
    for (const outbox of this.#followers) outbox.push(line)
  }

  #inTurn(work: () => Promise<void>): void {
    this.#signing = this.#signing.then(work).catch((error: unknown) => {
      // Followers who missed a line come back and catch up through the journal.
      this.#options.log.error({ error: String(error) }, 'the feed could not sign a change')
      this.#position = this.#options.ledger.sequence
      for (const outbox of this.#followers) outbox.end()
    })
  }

  async #sign(batch: Batch): Promise<FeedLine> {
    const { from, to } = batch
    const payload: Changes = { from, to, at: this.#options.now(), changes: [...changesOf(batch)] }
    return { from, to, jws: await this.#options.signer.changes(payload) }
  }
}

/** Every document that travels; of the releases only the one in force. */
export function snapshotDocuments(estate: Estate): AnyDocument[] {
  return documentKinds.flatMap((kind): AnyDocument[] => {
    if (kind === 'release') {
      return estate.release ? [{ kind, document: estate.release }] : []
    }
    return estate.all(kind).map((document) => ({ kind, document }) as AnyDocument)
  })
}

/** The same batch in parts that fit a line. */
export function split({ from, to, entries }: Batch): readonly Batch[] {
  const parts: Batch[] = []
  let begin = from
  let part: Entry[] = []
  let characters = 0
  for (const entry of entries) {
    const size = entry.after === null ? 0 : JSON.stringify(entry.after).length
    const last = part.at(-1)
    if (last && characters + size > lineMaxCharacters) {
      parts.push({ from: begin, to: last.sequence, entries: part })
      begin = last.sequence
      part = []
      characters = 0
    }
    part.push(entry)
    characters += size
  }
  return [...parts, { from: begin, to, entries: part }]
}
