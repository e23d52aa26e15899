import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { responseHeaders } from '#upstream/response-headers'
import { requestHeaders } from '#upstream/request-headers'
import { isAlias, isRemovedFromRequests, removedFromRequests } from './headers.ts'

const ours = {
  host: 'wiki.example',
  address: '192.0.2.7',
  scheme: 'https',
  assertion: 'signed',
  also: [],
  isIdentity: (name: string) => name.replace(/[_.]/g, '-') === 'x-acme-user',
} as const

describe('the headers an application receives', () => {
  for (const { name, reason } of removedFromRequests) {
    it(`leave out the client's \`${name}\`: ${reason}`, () => {
      assert.ok(isRemovedFromRequests(name.replace('*', 'anything')))
    })
  }

  it('hold our word alone, whatever the client claims', () => {
    const sent = receivedBy({
      'X-Forwarded-For': '10.0.0.1',
      'X-Forwarded-Proto': 'gopher',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Uri': '/public',
      Forwarded: 'for=10.0.0.1',
      'X-Real-IP': '10.0.0.1',
      'Countersign-Assertion': 'forged',
      'Countersign-Anything': 'forged',
      'Remote-User': 'root',
      'X-HTTP-Method-Override': 'DELETE',
      'X-Original-URL': '/admin',
      'X-Custom': 'kept',
    })
    assert.deepEqual(sent, {
      host: 'wiki.example',
      'x-custom': 'kept',
      'x-forwarded-for': '192.0.2.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'wiki.example',
      'countersign-assertion': 'signed',
    })
  })

  it('keep ours although the client declares them to be for this hop only', () => {
    const sent = receivedBy({
      Connection: 'close, countersign-assertion, X-Forwarded-For, authorization, x-hop',
      Authorization: 'Bearer its-own',
      'X-Hop': 'gone',
    })
    assert.equal(sent['countersign-assertion'], 'signed')
    assert.equal(sent['x-forwarded-for'], '192.0.2.7')
    assert.equal(sent['authorization'], 'Bearer its-own')
    assert.equal(sent['x-hop'], undefined)
    assert.equal(sent['connection'], undefined)
  })

  it('leave out our cookies and keep the others', () => {
    const value = 'A'.repeat(43)
    const sent = receivedBy({ Cookie: `a=b; __Host-countersign=${value}; c=d` })
    assert.equal(sent['cookie'], 'a=b; c=d')
    assert.ok(!('cookie' in receivedBy({ Cookie: `__Host-countersign=${value}` })))
  })

  it('keep what was sent more than once', () => {
    const rawHeaders = ['Accept', 'a', 'accept', 'b']
    const sent = requestHeaders({ rawHeaders, headers: {} }, ours)
    assert.deepEqual(sent.slice(2, 6), rawHeaders)
  })
})

describe('another spelling of a header that matters', () => {
  const aliases = ['countersign_assertion', 'x_forwarded_for', 'x-forwarded_for', 'x.real.ip']
  const others = ['content_length', 'transfer_encoding', 'remote_user']
  for (const name of [...aliases, ...others]) {
    it(`\`${name}\` is one`, () => assert.ok(isAlias(name)))
  }
  for (const name of ['x_custom', 'content-length', 'x.y', 'countersign-assertion']) {
    it(`\`${name}\` is none`, () => assert.ok(!isAlias(name)))
  }
})

describe('the headers a client receives', () => {
  const raw = [
    'Content-Type',
    'text/plain',
    'Connection',
    'X-Hop, keep-alive',
    'X-Hop',
    'gone',
    'Countersign-Decision',
    'forged',
    'countersign-sequence',
    '7',
    'Set-Cookie',
    'a=b',
    'Set-Cookie',
    '__Host-countersign=stolen; Path=/',
    'Transfer-Encoding',
    'chunked',
  ]

  it('are those of the application without what only we may say', () => {
    const received = responseHeaders(raw, { application: 'wiki', decision: 'dec_1' })
    assert.deepEqual(received, [
      'Content-Type',
      'text/plain',
      'Set-Cookie',
      'a=b',
      'countersign-decision',
      'dec_1',
    ])
  })

  it('may come from ourselves where our own application answers', () => {
    const received = responseHeaders(raw, { application: 'countersign', decision: 'dec_1' })
    assert.ok(received.includes('__Host-countersign=stolen; Path=/'))
    assert.ok(received.includes('7'))
    assert.ok(!received.includes('forged'))
  })
})

function receivedBy(headers: Readonly<Record<string, string>>): Record<string, string> {
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const sent = requestHeaders({ rawHeaders: Object.entries(headers).flat(), headers: lower }, ours)
  const received: Record<string, string> = {}
  for (let index = 0; index < sent.length; index += 2) {
    received[(sent[index] ?? '').toLowerCase()] = sent[index + 1] ?? ''
  }
  return received
}
