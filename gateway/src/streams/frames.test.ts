import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { accessEnded, closeFrame, FrameTracker } from './frames.ts'

describe('frames of a WebSocket', () => {
  it('are told apart, however the bytes arrive', () => {
    const frame = fc.record({
      length: fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000),
      isMasked: fc.boolean(),
    })
    const cuts = fc.array(fc.nat(200_000), { maxLength: 10 })
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 4 }), cuts, (frames, places) => {
        const bytes = Buffer.concat(frames.map(({ length, isMasked }) => encode(length, isMasked)))
        const ends = new Set<number>([0])
        let end = 0
        for (const { length, isMasked } of frames)
          ends.add((end += encode(length, isMasked).length))
        const tracker = new FrameTracker()
        let at = 0
        for (const place of [...places.filter((it) => it < bytes.length), bytes.length].sort(
          (left, right) => left - right,
        )) {
          tracker.see(bytes.subarray(at, place))
          at = place
          assert.equal(tracker.isBetweenFrames, ends.has(at), `at ${at}`)
        }
      }),
    )
  })

  it('that close are what RFC 6455 §5.5.1 says, masked from a client', () => {
    assert.equal(closeFrame(accessEnded).toString('hex'), `880e03f0${hex('access ended')}`)
    const masked = closeFrame(accessEnded, Uint8Array.from([1, 2, 3, 4]))
    assert.equal(masked.subarray(0, 6).toString('hex'), '888e01020304')
    const payload = masked.subarray(6).map((byte, index) => byte ^ ((index % 4) + 1))
    assert.equal(Buffer.from(payload).toString('hex'), `03f0${hex('access ended')}`)
  })
})

function hex(text: string): string {
  return Buffer.from(text).toString('hex')
}

function encode(length: number, isMasked: boolean): Buffer {
  const mask = isMasked ? 0x80 : 0
  const head =
    length < 126
      ? Buffer.from([0x82, mask | length])
      : length < 65_536
        ? Buffer.from([0x82, mask | 126, length >> 8, length & 0xff])
        : Buffer.concat([Buffer.from([0x82, mask | 127, 0, 0, 0, 0]), uint32(length)])
  return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0), Buffer.alloc(length, 0x88)])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
