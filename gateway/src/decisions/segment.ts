// The decision log is a row of files, its segments. A segment's name says with which sequence it
// begins and which hash it goes on from, so each can be verified alone, also when those before it
// were shipped and deleted.
import { chainStart } from '@countersign/contract/chain'
import { hash } from 'node:crypto'

/** Where the chain stands: the hash and sequence of the last link. */
export interface ChainEnd {
  readonly sequence: number
  readonly hash: string
}

export const emptyChain: ChainEnd = { sequence: 0, hash: chainStart }

export interface SegmentName {
  readonly file: string
  /** The chain before the segment's first line. */
  readonly before: ChainEnd
}

/** The name of a segment that goes on from `before`. */
export function segmentName(before: ChainEnd): SegmentName {
  const first = String(before.sequence + 1).padStart(16, '0')
  return { file: `${first}-${before.hash}.ndjson`, before }
}

/** Reads the name of a segment; undefined for other files. */
export function readSegmentName(file: string): SegmentName | undefined {
  const match = /^(\d{16})-([0-9a-f]{64})\.ndjson$/.exec(file)
  if (!match) return undefined
  return { file, before: { sequence: Number(match[1]) - 1, hash: match[2] ?? '' } }
}

/** One line of a segment, and the chain after it. `record` is canonical JSON. */
export function toLine(record: string, before: ChainEnd): { line: string; after: ChainEnd } {
  const sequence = before.sequence + 1
  // The same as `chainHash` of the contract, for a record whose canonical text is at hand.
  const linkHash = hash('sha256', `${before.hash}\n${record}`)
  return {
    line: `{"sequence":${sequence},"hash":"${linkHash}","record":${record}}\n`,
    after: { sequence, hash: linkHash },
  }
}

/** Reads a line, without its end, that must follow `before`; undefined where it does not. */
export function readLine(
  line: string,
  before: ChainEnd,
): { record: string; after: ChainEnd } | undefined {
  const match = linePattern.exec(line)
  const record = match?.[3]
  if (!match || record === undefined) return undefined
  const expected = toLine(record, before)
  return expected.line === `${line}\n` ? { record, after: expected.after } : undefined
}

/** The canonical record within a line, without its end, that was verified before. */
export function recordIn(line: Buffer): Buffer {
  return line.subarray(line.indexOf(',') + behindSequence, -1)
}

const behindSequence = `,"hash":"${chainStart}","record":`.length
const linePattern = /^\{"sequence":(\d+),"hash":"([0-9a-f]{64})","record":(\{.*\})\}$/

/** The first complete lines of a part of a segment, without their ends, and their length with them. */
export function linesOf(
  content: Buffer,
  maxLines: number,
): { readonly lines: readonly Buffer[]; readonly bytes: number } {
  const lines: Buffer[] = []
  let bytes = 0
  while (lines.length < maxLines) {
    const end = content.indexOf(0x0a, bytes)
    if (end < 0) break
    lines.push(content.subarray(bytes, end))
    bytes = end + 1
  }
  return { lines, bytes }
}
