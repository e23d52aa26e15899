// Reads an LDIF file from beginning to end, in memory that grows with what is kept of it only.
import { linesOf } from '#files/lines.file'
import type { Reading } from '#reading'
import type { ReadOptions } from '#source'
import { SourceError } from '#source-error'
import { directoryReader, wantedAttributes } from './directory.ts'
import { ldifReader } from './ldif.ts'

/** The reading of an LDIF file. Throws a `SourceError` that names the line. */
export async function readLdif(path: string, { now, onProgress }: ReadOptions): Promise<Reading> {
  const directory = directoryReader()
  const reader = ldifReader({ file: path, wanted: wantedAttributes, remark: directory.remark })
  let unfinished = false
  const lines = linesOf(path, {
    onBytes: (read, total) =>
      onProgress?.({ entries: directory.count(), share: total === 0 ? 1 : read / total }),
    onUnfinished: () => {
      unfinished = true
    },
  })
  for await (const batch of lines) {
    for (const line of batch) {
      const entry = reader.take(line)
      if (entry !== undefined) directory.take(entry)
    }
  }
  const last = reader.end()
  if (last !== undefined) directory.take(last)
  if (directory.count() === 0) {
    throw new SourceError(path, 'there is no entry in this file', 'export the directory again')
  }
  if (unfinished) {
    const where = last?.where ?? path
    directory.remark(where, 'the file ends without a line break, so its last entry may be cut')
  }
  return directory.finish({ name: path, readAt: now, seen: reader.seen })
}
