// No answer without a record. Records are appended to a hash-chained log before the answer takes
// effect; all requests of one turn of the event loop share one write. A write that reached the
// operating system survives the death of this process, which is what `kill -9` tests; `sync`
// hardens it against the loss of power.
import { join } from 'node:path'
import { canonicalJson } from '@countersign/contract/canonical'
import type { DecisionRecord } from '@countersign/contract/decision'
import { problem } from '@countersign/contract/problems'
import type { FileSystem } from './file-system.ts'
import { type OpenSegment, recover, type Recovered } from './recovery.file.ts'
import { type ChainEnd, linesOf, segmentName, toLine } from './segment.ts'

export interface DecisionLogOptions {
  readonly directory: string
  readonly fileSystem: FileSystem
  /** Records that were not shipped yet, in bytes; beyond it nothing is taken any more. */
  readonly maxBytes: number
  readonly segmentMaxBytes: number
  /** Runs a task at the end of this turn of the event loop. */
  readonly atEndOfTurn: (task: () => void) => void
  /** Told when records cannot be written, and when they can be again. */
  readonly onFault: (fault: Error | undefined) => void
}

/** A place in the log: how many bytes of which segment. */
export interface LogPosition {
  readonly file: string
  readonly offset: number
}

export interface LogPart {
  readonly lines: readonly Buffer[]
  /** Where what follows begins. */
  readonly next: LogPosition
}

interface Waiting {
  /** Canonical JSON. */
  readonly record: string
  readonly resolve: () => void
  readonly reject: (reason: Error) => void
}

export class DecisionLog {
  readonly #options: DecisionLogOptions
  readonly #segments: OpenSegment[]
  readonly recovered: Recovered
  #end: ChainEnd
  #file: number | undefined
  #waiting: Waiting[] = []
  #faulty = false
  #unsynced = false
  /** The file that is being hardened. It is closed afterwards if it is no longer written to. */
  #hardening: number | undefined
  readonly #listeners = new Set<() => void>()

  /** Opens the log and repairs its end. Throws what the disk throws. */
  constructor(options: DecisionLogOptions) {
    this.#options = options
    this.recovered = recover(options.directory, options.fileSystem)
    this.#segments = [...this.recovered.segments]
    this.#end = this.recovered.end
  }

  /**
   * Appends a record. Resolves when it has been written.
   * @throws Problem `access.not_recorded` where it could not be: then nothing may take effect.
   */
  append(record: DecisionRecord): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record: canonicalJson(record), resolve, reject })
      if (this.#waiting.length === 1) this.#options.atEndOfTurn(() => this.flush())
    })
  }

  /** Writes whatever waits. */
  flush(): void {
    const batch = this.#waiting
    if (batch.length === 0) return
    this.#waiting = []
    try {
      this.#write(batch.map(({ record }) => record))
    } catch (error) {
      this.#report(error instanceof Error ? error : new Error(String(error)))
      for (const { reject } of batch) reject(problem('access.not_recorded'))
      return
    }
    this.#report(undefined)
    for (const { resolve } of batch) resolve()
    for (const listener of this.#listeners) listener()
  }

  /** Makes what was written survive the loss of power. Throws what the disk throws. */
  sync(): void {
    if (!this.#unsynced || this.#file === undefined) return
    this.#options.fileSystem.fdatasyncSync(this.#file)
    this.#unsynced = false
  }

  /**
   * The same without holding up what else is to be done meanwhile. Rejects with what the disk says;
   * then it is done again the next time.
   */
  harden(): Promise<void> {
    const file = this.#file
    if (!this.#unsynced || file === undefined || this.#hardening !== undefined) {
      return Promise.resolve()
    }
    this.#unsynced = false
    this.#hardening = file
    return new Promise((resolve, reject) => {
      this.#options.fileSystem.fdatasync(file, (error) => {
        this.#hardening = undefined
        if (file !== this.#file) this.#close(file)
        if (!error) return resolve()
        this.#unsynced = true
        reject(error)
      })
    })
  }

  /** Writes whatever waits and closes the file. */
  close(): void {
    this.flush()
    this.sync()
    this.#closeFile()
  }

  /** Calls `listener` after each write; gives the function that stops it. */
  onAppended(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What is on disk, in bytes. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  get end(): ChainEnd {
    return this.#end
  }

  /** The oldest record that is kept. */
  get start(): LogPosition {
    return { file: this.#segments[0]?.file ?? '', offset: 0 }
  }

  /**
   * Reads complete lines, without their ends, from a position, or from the oldest where that place is
   * gone; at most `maxBytes` unless one line is longer, and at most `maxLines`. Gives no lines where
   * there are none yet. Throws what the disk throws.
   */
  read(from: LogPosition, maxBytes: number, maxLines = Infinity): LogPart {
    const index = this.#segments.findIndex(({ file }) => file === from.file)
    const segment = this.#segments[index]
    if (!segment) return this.read(this.start, maxBytes, maxLines)
    if (from.offset >= segment.bytes) {
      const following = this.#segments[index + 1]
      return following
        ? this.read({ file: following.file, offset: 0 }, maxBytes, maxLines)
        : { lines: [], next: from }
    }
    const size = Math.min(maxBytes, segment.bytes - from.offset)
    const part = linesOf(this.#readPart(segment.file, from.offset, size), maxLines)
    const { lines, bytes } =
      part.bytes > 0
        ? part
        : linesOf(this.#readPart(segment.file, from.offset, segment.bytes - from.offset), 1)
    return { lines, next: { file: from.file, offset: from.offset + bytes } }
  }

  /** Deletes segments that lie wholly before a position; the one being written to stays. */
  release(before: LogPosition): void {
    const { directory, fileSystem } = this.#options
    const index = this.#segments.findIndex(({ file }) => file === before.file)
    const segment = this.#segments[index]
    if (!segment) return
    const isDone = before.offset >= segment.bytes && index < this.#segments.length - 1
    for (const { file } of this.#segments.slice(0, isDone ? index + 1 : index)) {
      fileSystem.unlinkSync(join(directory, file))
      this.#segments.shift()
    }
  }

  #write(records: readonly string[]): void {
    const { maxBytes, segmentMaxBytes } = this.#options
    const segment = this.#current()
    let end = this.#end
    const lines = records.map((record) => {
      const { line, after } = toLine(record, end)
      end = after
      return line
    })
    const bytes = Buffer.from(lines.join(''))
    if (this.bytes + bytes.length > maxBytes) {
      throw new Error(
        `the decision log holds ${this.bytes} bytes that were not shipped, the limit is ${maxBytes}: check the control plane`,
      )
    }
    this.#writeAt(bytes, segment)
    segment.bytes += bytes.length
    this.#end = end
    this.#unsynced = true
    if (segment.bytes >= segmentMaxBytes) this.#beginSegment()
  }

  // Written at a known place: what a failed write left behind is overwritten by the next one, and
  // cut off here if the disk still lets us.
  #writeAt(bytes: Buffer, segment: OpenSegment): void {
    const { fileSystem } = this.#options
    const file = this.#opened(segment)
    let written = 0
    try {
      while (written < bytes.length) {
        const place = segment.bytes + written
        const count = fileSystem.writeSync(file, bytes, written, bytes.length - written, place)
        if (count === 0) throw new Error('the disk took no more bytes')
        written += count
      }
    } catch (error) {
      this.#cutBack(file, segment.bytes)
      throw error
    }
  }

  #cutBack(file: number, length: number): void {
    try {
      this.#options.fileSystem.ftruncateSync(file, length)
    } catch {
      // Opening it anew cuts it, and so does the next start.
      this.#closeFile()
    }
  }

  #opened(segment: OpenSegment): number {
    if (this.#file === undefined) {
      const { directory, fileSystem } = this.#options
      const path = join(directory, segment.file)
      const file = fileSystem.openSync(path, segment.bytes === 0 ? 'w+' : 'r+', 0o600)
      try {
        fileSystem.ftruncateSync(file, segment.bytes)
      } catch (error) {
        this.#close(file)
        throw error
      }
      this.#file = file
    }
    return this.#file
  }

  #current(): OpenSegment {
    const segment = this.#segments.at(-1)
    if (!segment) throw new Error('the decision log has no segment')
    return segment
  }

  // The new file is there before the old one may be deleted, because its name says how the chain
  // goes on. Where it cannot be made, the old one grows until it can.
  #beginSegment(): void {
    const segment: OpenSegment = { ...segmentName(this.#end), bytes: 0 }
    const full = this.#file
    try {
      this.sync()
      this.#file = undefined
      this.#opened(segment)
    } catch {
      this.#file = full
      return
    }
    this.#segments.push(segment)
    if (full !== undefined) this.#close(full)
  }

  #closeFile(): void {
    if (this.#file !== undefined) this.#close(this.#file)
    this.#file = undefined
  }

  #close(file: number): void {
    if (file === this.#hardening) return
    try {
      this.#options.fileSystem.closeSync(file)
    } catch {
      // Nothing was buffered on our side, so a failing close loses nothing.
    }
  }

  #readPart(name: string, offset: number, size: number): Buffer {
    const { directory, fileSystem } = this.#options
    const file = fileSystem.openSync(join(directory, name), 'r')
    try {
      const content = Buffer.allocUnsafe(size)
      const length = fileSystem.readSync(file, content, 0, size, offset)
      return content.subarray(0, length)
    } finally {
      fileSystem.closeSync(file)
    }
  }

  #report(fault: Error | undefined): void {
    if (fault === undefined && !this.#faulty) return
    this.#faulty = fault !== undefined
    this.#options.onFault(fault)
  }
}
