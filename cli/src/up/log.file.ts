// What a program writes goes to a file of bounded size; its last lines stay at hand, for the
// message that says why it died.
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export const logMaxBytes: number = 16 * 1024 * 1024
const lastLinesMax = 12
const tailMaxCharacters = 16 * 1024

/** A log file. When it is full it becomes `<path>.1` and a new one begins. */
export class ProgramLog {
  readonly #path: string
  readonly #maxBytes: number
  readonly #copy: ((text: string) => void) | undefined
  #file: number
  #bytes: number
  #tail = ''

  /** Opens or continues the log at `path`. `copy` receives everything as well. */
  constructor(path: string, maxBytes: number, copy?: (text: string) => void) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    this.#path = path
    this.#maxBytes = maxBytes
    this.#copy = copy
    this.#file = openSync(path, 'a', 0o600)
    this.#bytes = fstatSync(this.#file).size
  }

  /** Adds to the log. A full disk loses lines of the log, and must not stop a program over it. */
  write(chunk: Buffer): void {
    const text = chunk.toString('utf8')
    this.#tail = (this.#tail + text).slice(-tailMaxCharacters)
    this.#copy?.(text)
    try {
      if (this.#bytes >= this.#maxBytes) this.#begin()
      this.#bytes += writeSync(this.#file, chunk)
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error)) throw error
    }
  }

  /** The last lines of the program that writes now. */
  lastLines(): readonly string[] {
    return this.#tail
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-lastLinesMax)
  }

  /** A new life of the program begins: what the last one said is in the file. */
  forget(): void {
    this.#tail = ''
  }

  close(): void {
    closeSync(this.#file)
  }

  #begin(): void {
    closeSync(this.#file)
    renameSync(this.#path, `${this.#path}.1`)
    this.#file = openSync(this.#path, 'a', 0o600)
    this.#bytes = 0
  }
}
