// What the words of the command line may mean, and what they may not.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Failure } from '#failure'
import { consoleUrl, isThisMachine } from './console-url.ts'
import { listenAddress } from './listen-address.ts'
import { authorityOf, tunnelNamed } from './target.ts'

describe('the address of the console', () => {
  const environment = { COUNTERSIGN_PUBLIC_URL: 'http://countersign.localhost:8400' }

  test('is the one that was given, else the last, else the one of the settings', () => {
    const world = { environment }
    assert.equal(
      consoleUrl('https://a.example', 'https://b.example', world).origin,
      'https://a.example',
    )
    assert.equal(consoleUrl(undefined, 'https://b.example', world).origin, 'https://b.example')
    assert.equal(consoleUrl(undefined, undefined, world).port, '8400')
    assert.equal(
      consoleUrl(undefined, undefined, { environment: {} }).href,
      'http://countersign.localhost:7400/',
    )
  })

  for (const [why, url] of [
    ['gives the token to everyone on the way', 'http://countersign.example'],
    ['pretends to be this machine', 'http://localhost.example'],
    ['pretends to be this machine with a number', 'http://127.0.0.1.example'],
    ['is no address of the web', 'ftp://countersign.example'],
    ['is no address at all', 'countersign'],
  ] as const) {
    test(`is refused where it ${why}`, () => {
      assert.throws(() => consoleUrl(url, undefined, { environment }), Failure)
    })
  }

  test('is on this machine under every name that means it', () => {
    for (const name of ['localhost', 'a.b.localhost', '127.0.0.1', '127.1.2.3', '[::1]', '::1']) {
      assert.ok(isThisMachine(name), name)
    }
  })
})

describe('where to listen', () => {
  const addresses: Readonly<Record<string, { readonly host: string; readonly port: number }>> = {
    '5432': { host: '127.0.0.1', port: 5432 },
    '127.0.0.1:5432': { host: '127.0.0.1', port: 5432 },
    'localhost:0': { host: 'localhost', port: 0 },
    '[::1]:22': { host: '::1', port: 22 },
  }
  for (const [text, address] of Object.entries(addresses)) {
    test(`may be \`${text}\``, () => assert.deepEqual(listenAddress(text, false), address))
  }

  test('is a free port of loopback unless said', () => {
    assert.deepEqual(listenAddress(undefined, false), { host: '127.0.0.1', port: 0 })
  })

  for (const text of ['0.0.0.0:22', '[::]:22', '192.0.2.1:22', 'example.org:22']) {
    test(`is not \`${text}\`, unless that was plainly asked for`, () => {
      assert.throws(() => listenAddress(text, false), /acts as you/)
      assert.equal(listenAddress(text, true).port, 22)
    })
  }

  for (const text of ['', ':', 'x', '127.0.0.1:', '127.0.0.1:65536', '::1:22', '1:2:3']) {
    test(`is not \`${text}\``, () => assert.throws(() => listenAddress(text, true), /no address/))
  }
})

describe('what to connect to', () => {
  const tunnel = {
    application: 'ward-database',
    name: 'Ward database',
    host: 'ward-database.example.org',
    port: 5432,
    verdict: 'allow',
  } as const

  test('is a host and port, as ssh says it', () => {
    assert.equal(authorityOf('Ward.example.org:22'), 'ward.example.org:22')
    for (const word of ['ward', 'ward:', ':22', 'a@b:22', '[::1]:22', 'a:b:22', 'a/b:22']) {
      assert.equal(authorityOf(word), undefined, word)
    }
  })

  test('is an application by its id or host', () => {
    assert.equal(tunnelNamed('ward-database', { tunnels: [tunnel] }), tunnel)
    assert.equal(tunnelNamed('Ward-Database.example.org', { tunnels: [tunnel] }), tunnel)
  })

  test('is one of those there are, which are named where it is not', () => {
    assert.throws(
      () => tunnelNamed('payroll', { tunnels: [tunnel] }),
      (error) => error instanceof Failure && error.remedy === 'you may connect to `ward-database`',
    )
    assert.throws(() => tunnelNamed('payroll', { tunnels: [] }), /no tunnel to `payroll`/)
  })
})
