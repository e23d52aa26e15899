// What a start finds of the decision log, after whatever ended the process before. The last line
// may be torn; then it is cut off, because nobody got an answer for it. Anything worse is set
// aside whole for an auditor before the log goes on.
import { join } from 'node:path'
import type { FileSystem } from './file-system.ts'
import { type ChainEnd, emptyChain, readLine, readSegmentName, segmentName } from './segment.ts'

export interface OpenSegment {
  readonly file: string
  readonly before: ChainEnd
  bytes: number
}

export interface Recovered {
  /** Oldest first; the last one is written to. Never empty. */
  readonly segments: readonly OpenSegment[]
  readonly end: ChainEnd
  /** What had to be cut off the end, in bytes. */
  readonly tornBytes: number
  /** The file in which damaged lines were set aside. */
  readonly setAside: string | undefined
}

/** Finds the segments in `directory`, and repairs the end of the last. Throws what the disk throws. */
export function recover(directory: string, fileSystem: FileSystem): Recovered {
  fileSystem.mkdirSync(directory, { recursive: true, mode: 0o700 })
  const segments = fileSystem
    .readdirSync(directory)
    .flatMap((file) => readSegmentName(file) ?? [])
    .sort((left, right) => left.before.sequence - right.before.sequence)
    .map(({ file, before }) => ({
      file,
      before,
      bytes: fileSystem.statSync(join(directory, file)).size,
    }))
  const last = segments.at(-1)
  if (!last) {
    const { file, before } = segmentName(emptyChain)
    const first = { file, before, bytes: 0 }
    return { segments: [first], end: before, tornBytes: 0, setAside: undefined }
  }

  const path = join(directory, last.file)
  const content = readWhole(path, last.bytes, fileSystem)
  const { end, bytes } = goodPart(content, last.before)
  const rest = content.subarray(bytes)
  let setAside: string | undefined
  if (rest.includes(0x0a)) {
    setAside = `damaged-after-${String(end.sequence).padStart(16, '0')}.txt`
    writeWhole(join(directory, setAside), rest, fileSystem)
  }
  if (rest.length > 0) truncate(path, bytes, fileSystem)
  last.bytes = bytes
  return { segments, end, tornBytes: rest.length, setAside }
}

/** The length of the part of `content` whose lines chain on from `before`, and where it ends. */
function goodPart(content: Buffer, before: ChainEnd): { end: ChainEnd; bytes: number } {
  let end = before
  let bytes = 0
  for (;;) {
    const newline = content.indexOf(0x0a, bytes)
    if (newline < 0) return { end, bytes }
    const link = readLine(content.toString('utf8', bytes, newline), end)
    if (!link) return { end, bytes }
    end = link.after
    bytes = newline + 1
  }
}

function readWhole(path: string, size: number, fileSystem: FileSystem): Buffer {
  const file = fileSystem.openSync(path, 'r')
  try {
    const content = Buffer.alloc(size)
    let length = 0
    while (length < size) {
      const read = fileSystem.readSync(file, content, length, size - length, length)
      if (read === 0) break
      length += read
    }
    return content.subarray(0, length)
  } finally {
    fileSystem.closeSync(file)
  }
}

function writeWhole(path: string, content: Buffer, fileSystem: FileSystem): void {
  const file = fileSystem.openSync(path, 'w', 0o600)
  try {
    let length = 0
    while (length < content.length) {
      length += fileSystem.writeSync(file, content, length, content.length - length, length)
    }
    fileSystem.fdatasyncSync(file)
  } finally {
    fileSystem.closeSync(file)
  }
}

function truncate(path: string, bytes: number, fileSystem: FileSystem): void {
  const file = fileSystem.openSync(path, 'r+')
  try {
    fileSystem.ftruncateSync(file, bytes)
  } finally {
    fileSystem.closeSync(file)
  }
}
