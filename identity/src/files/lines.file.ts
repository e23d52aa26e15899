// The lines of a text file of any size, whichever of the usual encodings it has. Lines come in
// batches, because waiting for each alone would take longer than reading it.
import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { SourceError } from '#source-error'

const chunkBytes = 1024 * 1024
const lineMaxBytes = 32 * 1024 * 1024

/** What is known of a file while it is read. */
export interface LinesOptions {
  /** Told how many bytes of how many are read. */
  readonly onBytes?: ((read: number, total: number) => void) | undefined
  /** Told at the end whether the last line lacks its line break. */
  readonly onUnfinished?: (() => void) | undefined
}

/** Lines without their line feed, in batches. UTF-8 and UTF-16 with or without mark, else Latin-1. */
export async function* linesOf(
  path: string,
  { onBytes, onUnfinished }: LinesOptions = {},
): AsyncGenerator<readonly string[]> {
  const { size } = await stat(path)
  let decode: Decode | undefined
  let read = 0
  let rest = ''
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('a file without encoding reads as buffers')
    decode ??= decoderFor(chunk)
    read += chunk.length
    const lines = (rest + decode(chunk)).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > lineMaxBytes) {
      throw new SourceError(path, `a line is longer than ${lineMaxBytes} bytes`, 'check the file')
    }
    yield lines
    onBytes?.(read, size)
  }
  rest += decode?.(undefined) ?? ''
  if (rest === '') return
  onUnfinished?.()
  yield rest.split('\n')
}

/** Decodes one chunk after the other; `undefined` ends it. */
type Decode = (chunk: Buffer | undefined) => string

function decoderFor(head: Buffer): Decode {
  if (head[0] === 0xff && head[1] === 0xfe) return wide('utf-16le')
  if (head[0] === 0xfe && head[1] === 0xff) return wide('utf-16be')
  // Without a mark, every second octet of western text is zero.
  if (head[0] !== 0 && head[1] === 0 && head[3] === 0) return wide('utf-16le')
  if (head[0] === 0 && head[1] !== 0 && head[2] === 0) return wide('utf-16be')
  return narrow()
}

function wide(encoding: 'utf-16le' | 'utf-16be'): Decode {
  const decoder = new TextDecoder(encoding)
  return (chunk) =>
    chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
}

/** Each run of whole lines is UTF-8 or, where it is not, Latin-1. */
function narrow(): Decode {
  let rest = Buffer.alloc(0)
  let first = true
  const text = (octets: Buffer): string => {
    const decoded = octets.toString(isUtf8(octets) ? 'utf8' : 'latin1')
    const marked = first && decoded.charCodeAt(0) === 0xfeff
    first = false
    return marked ? decoded.slice(1) : decoded
  }
  return (chunk) => {
    if (chunk === undefined) return text(rest)
    const end = chunk.lastIndexOf(0x0a) + 1
    if (end === 0) {
      rest = Buffer.concat([rest, chunk])
      if (rest.length <= lineMaxBytes) return ''
      const long = rest
      rest = Buffer.alloc(0)
      return text(long)
    }
    const whole =
      rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([rest, chunk.subarray(0, end)])
    rest = Buffer.from(chunk.subarray(end))
    return text(whole)
  }
}
