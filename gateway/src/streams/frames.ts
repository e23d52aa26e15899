// A WebSocket can only be ended properly between two frames, so the gateway follows where frames
// begin and end (RFC 6455 §5.2). It never looks at what they carry.

/** Follows the frames of one direction. */
export class FrameTracker {
  #header: number[] = []
  /** Bytes of the current frame's payload still to come. */
  #remaining = 0

  /** Takes the next bytes. */
  see(chunk: Buffer): void {
    let offset = 0
    while (offset < chunk.length) {
      if (this.#remaining > 0) {
        const skipped = Math.min(this.#remaining, chunk.length - offset)
        this.#remaining -= skipped
        offset += skipped
        continue
      }
      // INVARIANT: `offset` is within the chunk.
      this.#header.push(chunk[offset] ?? 0)
      offset++
      const payload = payloadLength(this.#header)
      if (payload !== undefined) {
        this.#remaining = payload
        this.#header = []
      }
    }
  }

  /** Whether the next byte begins a frame. */
  get isBetweenFrames(): boolean {
    return this.#remaining === 0 && this.#header.length === 0
  }
}

/** The length of the payload behind a whole frame header; undefined while the header is not whole. */
function payloadLength(header: readonly number[]): number | undefined {
  const second = header[1]
  if (second === undefined) return undefined
  const maskBytes = second & 0x80 ? 4 : 0
  const short = second & 0x7f
  const extraBytes = short === 126 ? 2 : short === 127 ? 8 : 0
  if (header.length < 2 + extraBytes + maskBytes) return undefined
  if (extraBytes === 0) return short
  return header.slice(2, 2 + extraBytes).reduce((length, byte) => length * 256 + byte, 0)
}

/** What a Close frame says. */
export interface Closing {
  readonly code: number
  readonly reason: string
}

/** Policy violation: what RFC 6455 §7.4.1 offers for an access that ended. */
export const accessEnded = { code: 1008, reason: 'access ended' } as const
/** Registered with IANA as “Service Restart”: the client may connect again. */
export const credentialChanged = {
  code: 1012,
  reason: 'the sign-in to the application changed: connect again',
} as const
export const goingAway = { code: 1001, reason: 'the gateway stops' } as const

/**
 * A Close frame (RFC 6455 §5.5.1).
 * @param mask four random bytes, as a client must send; absent for a server's frame
 */
export function closeFrame({ code, reason }: Closing, mask?: Uint8Array): Buffer {
  const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)])
  if (!mask) return Buffer.concat([Buffer.from([0x88, payload.length]), payload])
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))
  return Buffer.concat([Buffer.from([0x88, 0x80 | payload.length]), mask, masked])
}
