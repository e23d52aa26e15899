import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import { upstreamPath } from '@countersign/contract/upstream-path'
import fc from 'fast-check'
import { canonicalise } from '#wire/canonical'
import { targetAt } from './path.ts'

describe('a route that begins elsewhere at the application', () => {
  const rows = [
    [{}, '/a?b', '/a?b'],
    [{ strip: '/app' }, '/app', '/'],
    [{ strip: '/app' }, '/app?x=/app', '/?x=/app'],
    [{ strip: '/app' }, '/app/', '/'],
    [{ strip: '/app' }, '/app/a%20b', '/a%20b'],
    [{ strip: '/app' }, '/%61pp/a', '/a'],
    [{ strip: '/app' }, '/application', undefined],
    [{ strip: '/app' }, '/App/a', undefined],
    [{ strip: '/app' }, '/', undefined],
    [{ strip: '/app' }, '/other?/app/', undefined],
    [{ strip: '/a/b' }, '/a/b/c', '/c'],
    [{ strip: '/a/b' }, '/a', undefined],
    [{ add: '/base' }, '/', '/base/'],
    [{ add: '/base' }, '/a', '/base/a'],
    [{ strip: '/app', add: '/base' }, '/app', '/base'],
    [{ strip: '/app', add: '/base' }, '/app/app/x', '/base/app/x'],
  ] as const
  for (const [rule, asked, expected] of rows) {
    it(`with ${JSON.stringify(rule)}, \`${asked}\` is ${expected ?? 'not served'}`, () => {
      const canonical = canonicalise(asked)
      assert.ok(canonical.kind === 'canonical')
      assert.equal(targetAt(rule, canonical.target)?.raw, expected)
    })
  }

  it('has beginnings with one spelling only', () => {
    for (const bad of ['', '/', 'a', '/a/', '/a//b', '/../a', '/a/.', '/a/..', '/%61', '/a;b']) {
      assert.equal(upstreamPath.safeParse({ add: bad }).success, false, bad)
    }
    assert.ok(upstreamPath.safeParse({ add: '/a.b/..c/v1' }).success)
  })
})

const hostile = fc.oneof(
  fc.constantFrom('..', '.', '%2e%2e', '%2E.', '%2f', '%5c', '\\', ';', '%00', '//', '%252e', '#'),
  fc.constantFrom('base', 'app', '%62ase', 'APP', 'é', '?', '%C3%A9', '%3f', ' '),
  fc.string({ maxLength: 4 }),
)
const hostileTarget = fc
  .array(hostile, { maxLength: 8 })
  .map((parts) => ['', 'app', ...parts].join('/'))

test('no path, however written, leaves the beginning at the application', () => {
  fc.assert(
    fc.property(hostileTarget, (raw) => {
      const canonical = canonicalise(raw)
      if (canonical.kind !== 'canonical') return
      for (const rule of [{ strip: '/app', add: '/base' }, { add: '/base' }]) {
        const target = targetAt(rule, canonical.target)
        assert.ok(target)
        for (const sent of [target.raw, target.path]) {
          // As the most obliging reader would: decoded, backslashes turned, dots resolved.
          const [path = ''] = sent.split('?')
          const read = new URL(decodeURIComponent(path).replaceAll('\\', '/'), 'http://app.example')
          assert.equal(read.origin, 'http://app.example')
          assert.match(read.pathname, /^\/base(?:\/|$)/)
        }
      }
    }),
    { numRuns: 3_000 },
  )
})

test('what is taken off and what is left make up what was asked for', () => {
  fc.assert(
    fc.property(hostileTarget, (raw) => {
      const canonical = canonicalise(raw)
      if (canonical.kind !== 'canonical') return
      const target = targetAt({ strip: '/app' }, canonical.target)
      assert.ok(target)
      const asked = raw.replace(/^\/app/, '')
      assert.equal(target.raw, asked.startsWith('/') ? asked : `/${asked}`)
    }),
  )
})
