// A disk that can be full, torn and pulled out. It keeps every byte that reached it, as a disk
// does when the process that wrote them is killed.
import type { FileSystem } from './file-system.ts'

/** The process is gone; nothing after this happens. */
class Killed extends Error {
  override readonly name = 'Killed'
}

interface Open {
  readonly path: string
}

export class FakeDisk implements FileSystem {
  readonly files = new Map<string, Buffer>()
  /** Bytes the disk takes in all. */
  capacityBytes = Infinity
  /** Bytes until the process is killed, perhaps in the middle of a write. */
  killedAfterBytes = Infinity
  /** The largest single write the disk takes at once. */
  writeMaxBytes = Infinity
  /** Names of operations that fail until removed from here. */
  readonly broken = new Set<keyof FileSystem>()
  /** How often bytes were written. */
  writes = 0
  readonly #open = new Map<number, Open>()
  #next = 3

  /** Files that are open. */
  get openCount(): number {
    return this.#open.size
  }

  mkdirSync = (): void => this.#check('mkdirSync')

  readdirSync = (directory: string): string[] => {
    this.#check('readdirSync')
    return [...this.files.keys()]
      .filter((path) => path.startsWith(`${directory}/`))
      .map((path) => path.slice(directory.length + 1))
  }

  statSync = (path: string): { size: number } => ({ size: this.#content(path).length })

  openSync = (path: string, flags: string): number => {
    this.#check('openSync')
    if (flags.startsWith('w')) this.files.set(path, Buffer.alloc(0))
    this.#content(path)
    const file = this.#next++
    this.#open.set(file, { path })
    return file
  }

  readSync = (file: number, buffer: Buffer, offset: number, length: number, at: number): number =>
    this.#content(this.#path(file)).copy(buffer, offset, at, at + length)

  writeSync = (
    file: number,
    buffer: Buffer,
    offset: number,
    length: number,
    at: number,
  ): number => {
    this.#check('writeSync')
    const path = this.#path(file)
    const content = this.#content(path)
    const free = this.capacityBytes - this.#usedBytes() + (content.length - at)
    const count = Math.min(length, free, this.writeMaxBytes, this.killedAfterBytes)
    this.writes++
    if (count > 0) {
      const part = buffer.subarray(offset, offset + count)
      const rest = content.subarray(at + count)
      this.files.set(path, Buffer.concat([content.subarray(0, at), part, rest]))
    }
    this.killedAfterBytes -= count
    if (this.killedAfterBytes <= 0) throw new Killed()
    if (count <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    return count
  }

  ftruncateSync = (file: number, length: number): void => {
    this.#check('ftruncateSync')
    if (this.killedAfterBytes <= 0) throw new Killed()
    const path = this.#path(file)
    this.files.set(path, this.#content(path).subarray(0, length))
  }

  fdatasyncSync = (): void => this.#check('fdatasyncSync')
  fdatasync = (file: number, done: (error: Error | null) => void): void => {
    setImmediate(() => {
      try {
        this.#path(file)
        this.#check('fdatasync')
        done(null)
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)))
      }
    })
  }

  closeSync = (file: number): void => {
    this.#open.delete(file)
  }
  unlinkSync = (path: string): void => {
    this.files.delete(path)
  }
  renameSync = (from: string, to: string): void => {
    this.files.set(to, this.#content(from))
    this.files.delete(from)
  }

  #usedBytes(): number {
    return [...this.files.values()].reduce((sum, { length }) => sum + length, 0)
  }

  #path(file: number): string {
    const open = this.#open.get(file)
    if (!open) throw Object.assign(new Error('bad file descriptor'), { code: 'EBADF' })
    return open.path
  }

  #content(path: string): Buffer {
    const content = this.files.get(path)
    if (!content) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    return content
  }

  #check(name: keyof FileSystem): void {
    if (this.broken.has(name)) throw Object.assign(new Error('input/output error'), { code: 'EIO' })
  }
}
