// The last good facts, on disk, as the exact bytes the control plane signed: a start verifies them
// again with the pinned key, so that whoever can write these files still cannot make up a fact.
import { appendFileSync, mkdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { writeAtomically } from '#atomic-write.file'

/** Signed messages as they lie on disk; nothing of them is verified yet. */
export interface StoredFeed {
  readonly snapshot: string | undefined
  readonly changes: readonly string[]
  /** The last confirmation that nothing had changed. */
  readonly heartbeat: string | undefined
}

/** Where the feed is kept for the next start. */
export type FeedKeeping = Pick<
  FeedCopy,
  'read' | 'changesBytes' | 'replaceSnapshot' | 'keepChanges' | 'append' | 'writeHeartbeat'
>

/** For processes that read what another one keeps. */
export function readOnly(copy: FeedCopy): FeedKeeping {
  return {
    read: () => copy.read(),
    changesBytes: 0,
    replaceSnapshot() {},
    keepChanges() {},
    append() {},
    writeHeartbeat() {},
  }
}

export class FeedCopy {
  readonly #snapshotFile: string
  readonly #changesFile: string
  readonly #heartbeatFile: string
  #changesBytes = 0

  /** Throws what the disk throws. */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    this.#snapshotFile = join(directory, 'snapshot.jws')
    this.#changesFile = join(directory, 'changes.jws')
    this.#heartbeatFile = join(directory, 'heartbeat.jws')
  }

  /** What is there. A last line without its end was torn, and is left out. */
  read(): StoredFeed {
    const text = readIfThere(this.#changesFile) ?? ''
    const lines = text.split('\n')
    lines.pop()
    this.#changesBytes = Buffer.byteLength(text)
    return {
      snapshot: readIfThere(this.#snapshotFile),
      changes: lines,
      heartbeat: readIfThere(this.#heartbeatFile),
    }
  }

  /** How large the changes since the snapshot have become. */
  get changesBytes(): number {
    return this.#changesBytes
  }

  /**
   * Puts a snapshot in the place of the one before and of all changes. A death in between leaves
   * changes that the snapshot already contains; a start skips them.
   */
  replaceSnapshot(jws: string): void {
    writeAtomically(this.#snapshotFile, jws)
    this.keepChanges([])
  }

  /** Puts these changes in the place of those on disk. */
  keepChanges(lines: readonly string[]): void {
    const text = lines.map((line) => `${line}\n`).join('')
    writeAtomically(this.#changesFile, text)
    this.#changesBytes = Buffer.byteLength(text)
  }

  /** Adds changes, or, where they cannot be written, leaves none of them behind. */
  append(jws: string): void {
    const line = `${jws}\n`
    try {
      appendFileSync(this.#changesFile, line, { mode: 0o600 })
    } catch (error) {
      truncateSync(this.#changesFile, this.#changesBytes)
      throw error
    }
    this.#changesBytes += Buffer.byteLength(line)
  }

  writeHeartbeat(jws: string): void {
    writeAtomically(this.#heartbeatFile, jws)
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
