// Account lists and personnel feeds from files: CSV with any of the usual separators, JSON as a list
// or as an object with a list in it, and JSON with one object a line.
import { once } from 'node:events'
import { parse } from 'csv-parse'
import { linesOf } from '#files/lines.file'
import type { Reading } from '#reading'
import type { ReadOptions } from '#source'
import { SourceError } from '#source-error'
import { type Row, type TableReader, tableReader } from './table.ts'

const cellMaxCharacters = 1_000_000

type Columns = Readonly<Record<string, string>> | undefined

/** The reading of a CSV file whose first line names the columns. */
export async function readCsv(
  path: string,
  columns: Columns,
  { now, onProgress }: ReadOptions,
): Promise<Reading> {
  let reader: TableReader | undefined
  let headers: readonly string[] = []
  const parser = parse({
    delimiter: await delimiterOf(path),
    info: true,
    max_record_size: cellMaxCharacters,
  })
  const feeding = feed(path, parser, (share) =>
    onProgress?.({ entries: reader?.count() ?? 0, share }),
  )
  // A failure is met below, where the parser that it destroyed is being read.
  feeding.catch(() => undefined)
  try {
    for await (const it of parser) {
      const { record, info } = it as { record: readonly string[]; info: { lines: number } }
      if (reader === undefined) {
        headers = record.map((header) => header.trim())
        reader = tableReader(path, headers, columns)
      } else {
        const row: Row = Object.fromEntries(headers.map((header, index) => [header, record[index]]))
        reader.take(row, `${path}, line ${info.lines}`)
      }
    }
    await feeding
  } catch (error) {
    throw asSourceError(path, error)
  }
  if (reader === undefined) throw new SourceError(path, 'the file is empty', 'export it again')
  return reader.finish(now)
}

/** The reading of a list of objects. */
export function readRows(
  path: string,
  rows: readonly Row[],
  columns: Columns,
  { now }: ReadOptions,
): Reading {
  const headers = [...new Set(rows.slice(0, 1_000).flatMap((row) => Object.keys(row)))]
  const reader = tableReader(path, headers, columns)
  for (const [index, row] of rows.entries()) reader.take(row, `${path}, item ${index + 1}`)
  return reader.finish(now)
}

async function feed(
  path: string,
  parser: ReturnType<typeof parse>,
  onShare: (share: number) => void,
): Promise<void> {
  try {
    let unfinished = false
    const lines = linesOf(path, {
      onBytes: (read, total) => onShare(read / total),
      onUnfinished: () => {
        unfinished = true
      },
    })
    for await (const batch of lines) {
      if (batch.length === 0) continue
      const text = unfinished ? batch.join('\n') : `${batch.join('\n')}\n`
      if (parser.destroyed) return
      if (!parser.write(text)) await Promise.race([once(parser, 'drain'), once(parser, 'close')])
    }
    parser.end()
  } catch (error) {
    parser.destroy(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}

/** The separator that the line of headers has most of. */
async function delimiterOf(path: string): Promise<string> {
  for await (const [line] of linesOf(path)) {
    if (line === undefined) continue
    const count = (sign: string): number => line.split(sign).length
    return [',', ';', '\t', '|'].toSorted((one, two) => count(two) - count(one))[0] ?? ','
  }
  return ','
}

function asSourceError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof SourceError || !('code' in error)) return error
  if (!String(error.code).startsWith('CSV_')) return error
  const line = 'lines' in error ? `, line ${String(error.lines)}` : ''
  const cut = error.code === 'CSV_QUOTE_NOT_CLOSED'
  const what = cut
    ? 'a quote is opened and never closed, so the file may be cut'
    : error.code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH'
      ? 'a row has not as many cells as the first line'
      : 'this is no whole CSV'
  // The parser's own message may quote a cell, and a cell may hold a secret.
  return new SourceError(`${path}${line}`, what, 'mend the row, or export the file again')
}
