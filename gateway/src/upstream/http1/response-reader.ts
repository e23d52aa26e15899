// Reads the answers on one connection from whatever pieces the network makes of them. Each line is
// read once, when it is whole; bodies are passed on in the pieces they come in, never gathered.
import { readFieldLine } from './field-lines.ts'
import { NotHttp } from './not-http.ts'
import { type Meaning, meaningOf, readStatusLine, type StatusLine } from './response-head.ts'

/** Is told what an answer says, in order. */
export interface AnswerListener {
  /** `headers` are names and values in turn. Interim answers (RFC 9110 §15.2) are not told of. */
  onHead(status: number, headers: readonly string[]): void
  /** The bytes are valid during the call only. */
  onData(chunk: Buffer): void
  /** `trailers` are names and values in turn. */
  onEnd(trailers: readonly string[]): void
}

type State = 'idle' | 'status' | 'headers' | 'body' | 'size' | 'chunk' | 'chunk-end' | 'trailers'

export interface ReaderLimits {
  /** A head, or what follows a chunked body. */
  readonly headMaxBytes: number
}

const noFields: readonly string[] = []
const sizeLineMaxBytes = 1_024
/** RFC 9112 §7.1: a size, and extensions, which are well-formed though nobody understands them. */
const sizeLine =
  /^([\dA-Fa-f]{1,12})(?:;[!#$%&'*+\-.^_`|~\dA-Za-z]+(?:=(?:[!#$%&'*+\-.^_`|~\dA-Za-z]+|"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"))?)*$/

export class ResponseReader {
  readonly #limits: ReaderLimits
  readonly #listener: AnswerListener
  #state: State = 'idle'
  #isHead = false
  /** The beginning of a line whose end has not come. */
  #begun = ''
  /** Bytes of this head, or of this body's trailers, so far. */
  #headBytes = 0
  #status: StatusLine = { status: 0, minor: 1 }
  #fields: string[] = []
  #meaning: Meaning | undefined
  /** Bytes of the body or of the chunk that have not come. */
  #left = 0

  constructor(listener: AnswerListener, limits: ReaderLimits) {
    this.#listener = listener
    this.#limits = limits
  }

  /** Whether no answer is awaited. */
  get isIdle(): boolean {
    return this.#state === 'idle'
  }

  /** What the last head said; undefined where none has come for this request. */
  get meaning(): Meaning | undefined {
    return this.#meaning
  }

  /** Awaits the answer to a request. */
  expect(method: string): void {
    this.#isHead = method === 'HEAD'
    this.#meaning = undefined
    this.#beginHead()
  }

  /**
   * Takes bytes. Gives false where bytes came that belong to no answer that is awaited: whatever they
   * are, the connection is not to be used again. Throws `NotHttp`.
   */
  take(bytes: Buffer): boolean {
    let at = 0
    while (at < bytes.length) {
      if (this.#state === 'idle') return false
      at = this.#isWithinBody() ? this.#takeBody(bytes, at) : this.#takeLines(bytes, at)
    }
    return true
  }

  /** The connection has ended. Gives whether that ends an answer as it should. */
  end(): boolean {
    if (this.#state !== 'body' || this.#meaning?.framing.kind !== 'until-close') return false
    this.#finish(noFields)
    return true
  }

  #isWithinBody(): boolean {
    return this.#state === 'body' || this.#state === 'chunk'
  }

  #takeBody(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    this.#left -= end - at
    this.#listener.onData(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end))
    if (this.#left === 0) {
      if (this.#state === 'chunk') this.#state = 'chunk-end'
      else this.#finish(noFields)
    }
    return end
  }

  // As much as may belong to lines is made text at once: a head mostly comes whole.
  #takeLines(bytes: Buffer, at: number): number {
    const until = this.#endOfLines(bytes, at)
    const text = bytes.toString('latin1', at, until)
    let begin = 0
    for (;;) {
      const end = text.indexOf('\n', begin)
      if (end < 0) break
      const line = this.#lineTo(text, begin, end)
      begin = end + 1
      this.#takeLine(line)
      if (this.#isWithinBody() || this.#state === 'idle') return at + begin
    }
    this.#begun += begin === 0 ? text : text.slice(begin)
    this.#checkSize(this.#begun.length)
    return until
  }

  // A head ends where an empty line is; the size of a chunk is one line, of which little can be text.
  #endOfLines(bytes: Buffer, at: number): number {
    if (this.#state === 'size' || this.#state === 'chunk-end') {
      const end = bytes.indexOf(0x0a, at)
      return end < 0 ? bytes.length : end + 1
    }
    const end = bytes.indexOf('\r\n\r\n', at, 'latin1')
    return end < 0 ? bytes.length : end + 4
  }

  #lineTo(text: string, begin: number, end: number): string {
    const line = this.#begun === '' ? text.slice(begin, end) : this.#begun + text.slice(begin, end)
    this.#begun = ''
    if (line.charCodeAt(line.length - 1) !== 0x0d) throw new NotHttp('a line ends without CR')
    this.#headBytes += line.length + 1
    this.#checkSize(0)
    return line.slice(0, -1)
  }

  #checkSize(moreBytes: number): void {
    const max =
      this.#state === 'size' || this.#state === 'chunk-end'
        ? sizeLineMaxBytes
        : this.#limits.headMaxBytes
    if (this.#headBytes + moreBytes > max) throw new NotHttp(`more than ${max} bytes of headers`)
  }

  #takeLine(line: string): void {
    switch (this.#state) {
      case 'status':
        this.#status = readStatusLine(line)
        this.#state = 'headers'
        break
      case 'headers':
        if (line === '') this.#endHead()
        else readFieldLine(line, this.#fields)
        break
      case 'size':
        this.#beginChunk(line)
        break
      case 'chunk-end':
        if (line !== '') throw new NotHttp('a chunk is longer than it says')
        this.#awaitSize()
        break
      case 'trailers':
        if (line === '') this.#endTrailers()
        else readFieldLine(line, this.#fields)
        break
      case 'idle':
      case 'body':
      case 'chunk':
        throw new Error(`no line is read while in \`${this.#state}\``)
    }
  }

  #endHead(): void {
    const { status } = this.#status
    const meaning = meaningOf(this.#status, this.#fields, this.#isHead)
    if (status === 101) throw new NotHttp('it switches protocols though nobody asked')
    if (status < 200) {
      this.#beginHead()
      return
    }
    this.#meaning = meaning
    const headers = this.#fields
    const { framing } = meaning
    switch (framing.kind) {
      case 'none':
        this.#left = 0
        break
      case 'length':
        this.#left = framing.bytes
        this.#state = 'body'
        break
      case 'until-close':
        this.#left = Infinity
        this.#state = 'body'
        break
      case 'chunked':
        this.#awaitSize()
        break
    }
    this.#listener.onHead(status, headers)
    if (framing.kind === 'none' || (framing.kind === 'length' && framing.bytes === 0)) {
      this.#finish(noFields)
    }
  }

  #beginChunk(line: string): void {
    const match = sizeLine.exec(line)
    if (!match) throw new NotHttp('the size of a chunk is malformed')
    this.#left = Number.parseInt(match[1] ?? '', 16)
    this.#headBytes = 0
    if (this.#left > 0) {
      this.#state = 'chunk'
      return
    }
    this.#fields = []
    this.#state = 'trailers'
  }

  // RFC 9110 §6.5.1: where an answer ends was said before it began.
  #endTrailers(): void {
    const frames = this.#fields.some(
      (text, index) => index % 2 === 0 && /^(?:content-length|transfer-encoding)$/i.test(text),
    )
    if (frames) throw new NotHttp('a length is said behind the body')
    this.#finish(this.#fields)
  }

  #awaitSize(): void {
    this.#headBytes = 0
    this.#state = 'size'
  }

  #beginHead(): void {
    this.#fields = []
    this.#headBytes = 0
    this.#begun = ''
    this.#state = 'status'
  }

  #finish(trailers: readonly string[]): void {
    this.#state = 'idle'
    this.#listener.onEnd(trailers)
  }
}
