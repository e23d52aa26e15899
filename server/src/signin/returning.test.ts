import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { returnAddress } from './returning.ts'

const publicUrl = new URL('http://countersign.localhost:7400')
const sites = { publicUrl, isServed: (host: string) => host === 'wiki.localhost' }

describe('a return address', () => {
  const ours = [
    ['/', 'countersign.localhost', '/'],
    ['/decisions?verdict=deny', 'countersign.localhost', '/decisions?verdict=deny'],
    ['/a/../b', 'countersign.localhost', '/b'],
    ['http://countersign.localhost:7400/a', 'countersign.localhost', '/a'],
    ['http://wiki.localhost:7400', 'wiki.localhost', '/'],
    ['HTTP://WIKI.localhost:7400/Page?q=%2F%2Fevil', 'wiki.localhost', '/Page?q=%2F%2Fevil'],
    ['http://wiki.localhost:7400/page#part', 'wiki.localhost', '/page'],
    ['/signin/continue?return=http%3A%2F%2Fwiki.localhost%3A7400%2F', 'countersign.localhost'],
  ] as const
  for (const [text, host, path] of ours) {
    test(`\`${text}\` is ours`, () => {
      const address = returnAddress(text, sites)
      assert.equal(address?.host, host)
      if (path !== undefined) assert.equal(address?.path, path)
      assert.equal(address?.isConsole, host === publicUrl.hostname)
    })
  }

  const foreign = {
    'nothing at all': '',
    'another host': 'http://evil.example:7400/',
    'a host that only begins like ours': 'http://wiki.localhost.evil.example:7400/',
    'a host that only ends like ours': 'http://evilwiki.localhost:7400/',
    'a trailing dot': 'http://wiki.localhost.:7400/',
    'another scheme': 'https://wiki.localhost:7400/',
    'a script': 'javascript:alert(1)',
    'a document in the address': 'data:text/html,x',
    'another port': 'http://wiki.localhost:7401/',
    'no port where ours has one': 'http://wiki.localhost/',
    'a user name before another host': 'http://countersign.localhost:7400@evil.example:7400/',
    'credentials for our host': 'http://ada:pw@wiki.localhost:7400/',
    'an empty user name': 'http://@wiki.localhost:7400/',
    'a host without a scheme': '//evil.example/',
    'a backslash for the second slash': '/\\evil.example',
    'backslashes for both slashes': '\\\\evil.example',
    'a backslash after the scheme': 'http:\\\\evil.example:7400/',
    'one slash after the scheme': 'http:/evil.example:7400/',
    'no slash after the scheme': 'http:evil.example',
    'a backslash in the authority': 'http://evil.example\\@wiki.localhost:7400/',
    'a tab between the slashes': '/\t/evil.example',
    'a newline between the slashes': '/\n/evil.example',
    'a newline in the path': '/a\r\nset-cookie: a=b',
    'a space before it': ' http://wiki.localhost:7400/',
    'a null character': '/a\0',
    'a path that becomes a host once it is normalised': '/..//evil.example',
    'dots that vanish before a second slash': '/.//evil.example',
    'escaped dots that vanish': '/%2e%2e//evil.example',
    'a path of ours that is a host elsewhere': 'http://wiki.localhost:7400//evil.example',
    'an escaped host': 'http://wiki%2elocalhost:7400/',
    'a letter of another alphabet': 'http://wikі.localhost:7400/',
    'a wide full stop': 'http://wiki\u3002localhost:7400/',
    'a relative path': 'decisions',
    'a query alone': '?return=/',
    'more than 4096 characters': `/${'a'.repeat(4096)}`,
  }
  for (const [name, text] of Object.entries(foreign)) {
    test(`${name} is refused`, () => assert.equal(returnAddress(text, sites), undefined))
  }

  const tricks = [
    '/',
    '//',
    '\\',
    '@',
    ':',
    '?',
    '#',
    '.',
    '..',
    '%2f',
    '%5c',
    '%09',
    '\t',
    '\n',
    ' ',
  ]
  const places = [
    'http:',
    'https:',
    'javascript:',
    'evil.example',
    'wiki.localhost',
    ':7400',
    '[::1]',
  ]
  const wholes = ['countersign.localhost', 'http://wiki.localhost:7400', '\u2028', '\u3002', '\0']
  const pieces = fc.constantFrom(...tricks, ...places, ...wholes)
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 64 }).map((tail) => `/${tail}`),
    fc.webUrl(),
  )

  test('whatever is accepted leads a browser to a host of ours, as path and as URL', () => {
    const own = new Set(['http://countersign.localhost:7400', 'http://wiki.localhost:7400'])
    fc.assert(
      fc.property(texts, (text) => {
        const address = returnAddress(text, sites)
        if (!address) return
        assert.ok(own.has(address.origin))
        assert.ok(own.has(new URL(text, publicUrl).origin))
        // A Location of a path alone is resolved against the host that answers.
        assert.equal(new URL(address.path, address.origin).origin, address.origin)
        assert.match(address.path, /^\/(?![/\\])[\x21-\x7e]*$/)
        assert.equal(new URL(address.origin + address.path).host, `${address.host}:7400`)
      }),
      { numRuns: 5_000 },
    )
  })

  test('the same address is accepted again in its own spelling', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const address = returnAddress(text, sites)
        if (address) assert.deepEqual(returnAddress(address.origin + address.path, sites), address)
      }),
      { numRuns: 2_000 },
    )
  })

  test('the default port need not be written', () => {
    const secure = { ...sites, publicUrl: new URL('https://countersign.example') }
    assert.equal(returnAddress('https://wiki.localhost:443/a', secure)?.path, '/a')
    assert.equal(returnAddress('https://wiki.localhost:80/a', secure), undefined)
  })
})
