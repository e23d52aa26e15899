// What goes to an application stays on its line, whatever it is made of.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { requestHead } from './request-head.ts'

describe('the head of a request', () => {
  it('is what was given, with one length', () => {
    const headers = ['host', 'a', 'Content-Length', '7', 'x', '\xe9']
    assert.equal(
      requestHead({ method: 'PUT', path: '/a?b', headers }, { kind: 'length', bytes: 3 }),
      'PUT /a?b HTTP/1.1\r\nhost: a\r\nx: \xe9\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\n',
    )
  })

  it('says that there is no body where one is usual', () => {
    const ask = (method: string): string =>
      requestHead({ method, path: '/', headers: [] }, { kind: 'none' })
    assert.match(ask('POST'), /content-length: 0\r\n/)
    assert.doesNotMatch(ask('GET'), /content-length/)
  })

  it('has one line for each header, or is not sent', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '\r', '\n', ':', ' ', '\0', '\u0100', '\xe9'),
    })
    fc.assert(
      fc.property(text, text, text, text, (method, path, name, value) => {
        let head: string
        try {
          head = requestHead({ method, path, headers: [name, value] }, { kind: 'chunked' })
        } catch {
          return
        }
        assert.deepEqual(head.split(/\r\n|\r|\n/), [
          `${method} ${path} HTTP/1.1`,
          `${name}: ${value}`,
          'transfer-encoding: chunked',
          'connection: keep-alive',
          '',
          '',
        ])
        assert.match(head, /^[^\0\u0100-\uffff]*$/)
      }),
    )
  })
})
