import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import type { HttpRequest } from '#exchange'
import { FormBodies, type FormBodyLimits } from './form-body.ts'

const usual: FormBodyLimits = { bodyMaxBytes: 4, bodiesAtOnceMaxCount: 1, timeoutMs: 60_000 }

class Sent extends PassThrough {
  readonly method = 'POST'
  readonly url = '/'
  readonly httpVersion = '1.1'
  readonly rawHeaders: string[] = []
  readonly rawTrailers: string[] = []
  readonly complete = false
  readonly headers: HttpRequest['headers']

  constructor(headers: HttpRequest['headers'] = {}) {
    super()
    this.headers = headers
  }
}

describe('the body of a form that is refused', () => {
  it('is read whole, up to its bound', async () => {
    const bodies = new FormBodies(usual)
    const whole = new Sent()
    whole.end('abcd')
    assert.equal(String(await bodies.read(whole)), 'abcd')
    const long = new Sent()
    long.end('abcde')
    assert.equal(await bodies.read(long), 'too-large')
    assert.equal(await bodies.read(new Sent({ 'content-length': '5' })), 'too-large')
  })

  it('is read only while there is room, and a client that goes away makes some', async () => {
    const bodies = new FormBodies(usual)
    const slow = new Sent()
    const reading = bodies.read(slow)
    const second = new Sent()
    second.end('ab')
    assert.equal(await bodies.read(second), 'not-received')
    slow.destroy()
    assert.equal(await reading, 'not-received')
    assert.equal(String(await bodies.read(second)), 'ab')
  })

  it('is waited for no longer than its bound', async () => {
    const slow = new Sent()
    slow.write('a')
    assert.equal(await new FormBodies({ ...usual, timeoutMs: 1 }).read(slow), 'not-received')
  })
})
