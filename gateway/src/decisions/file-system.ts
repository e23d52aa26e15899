// The part of the file system that the decision log needs, so that a test can fill the disk, tear
// a write and cut the power.
import type { Stats } from 'node:fs'

export interface FileSystem {
  readonly mkdirSync: (path: string, options: { recursive: true; mode: number }) => unknown
  readonly readdirSync: (path: string) => string[]
  readonly statSync: (path: string) => Pick<Stats, 'size'>
  readonly openSync: (path: string, flags: string, mode?: number) => number
  readonly readSync: (
    file: number,
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ) => number
  readonly writeSync: (
    file: number,
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ) => number
  readonly ftruncateSync: (file: number, length: number) => void
  readonly fdatasyncSync: (file: number) => void
  readonly fdatasync: (file: number, done: (error: Error | null) => void) => void
  readonly closeSync: (file: number) => void
  readonly unlinkSync: (path: string) => void
  readonly renameSync: (from: string, to: string) => void
}
