import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type AmbiguityRule, canonicalise } from './canonical.ts'

// Each row is a way in which some gateway was once walked around, or in which readers differ.
const ambiguous: readonly (readonly [claim: string, target: string, rule: AmbiguityRule])[] = [
  ['a dot segment', '/public/../admin', 'dot_segment'],
  ['a dot segment at the end', '/admin/..', 'dot_segment'],
  ['a single dot', '/./admin', 'dot_segment'],
  ['an encoded dot', '/public/%2e%2e/admin', 'encoded_dot'],
  ['a half-encoded dot segment', '/public/.%2E/admin', 'encoded_dot'],
  ['an encoded dot in a name', '/file%2etxt', 'encoded_dot'],
  ['an encoded slash', '/public%2fadmin', 'encoded_slash'],
  ['an encoded slash in capitals', '/public%2Fadmin', 'encoded_slash'],
  ['an encoded backslash', '/public%5cadmin', 'encoded_backslash'],
  ['a backslash', '/public\\admin', 'backslash'],
  ['an empty segment', '/public//admin', 'empty_segment'],
  ['an empty segment at the start', '//host/admin', 'empty_segment'],
  ['an empty segment at the end', '/admin//', 'empty_segment'],
  ['a path parameter', '/public;/admin', 'path_parameter'],
  ['a path parameter around dots', '/public/..;/admin', 'path_parameter'],
  ['an encoded path parameter', '/public%3b/admin', 'encoded_delimiter'],
  ['a fragment', '/admin#', 'fragment'],
  ['a fragment behind the query', '/admin?x#y', 'fragment'],
  ['an encoded fragment', '/admin%23', 'encoded_delimiter'],
  ['an encoded question mark', '/admin%3Fx', 'encoded_delimiter'],
  ['an encoded NUL', '/admin%00', 'encoded_control'],
  ['an encoded line end', '/admin%0d%0aX: y', 'not_printable'],
  ['an encoded line end alone', '/admin%0d%0aX', 'encoded_control'],
  ['an encoded DEL', '/admin%7f', 'encoded_control'],
  ['an overlong slash', '/public%c0%afadmin', 'overlong_utf8'],
  ['an overlong dot', '/public/%c0%ae%c0%ae/admin', 'overlong_utf8'],
  ['a long overlong slash', '/public%e0%80%afadmin', 'overlong_utf8'],
  ['half a character', '/%c3', 'overlong_utf8'],
  ['a surrogate', '/%ed%a0%80', 'overlong_utf8'],
  ['a byte beyond UTF-8', '/%ff', 'overlong_utf8'],
  ['a double encoding', '/public%252fadmin', 'double_encoding'],
  ['a double encoding of dots', '/%252e%252e/admin', 'double_encoding'],
  ['an escape made of escapes', '/%25%32%66admin', 'double_encoding'],
  ['a percent sign alone', '/100%', 'malformed_escape'],
  ['a percent sign before letters', '/%zz', 'malformed_escape'],
  ['the escape of an old server', '/%u002f', 'malformed_escape'],
  ['a space', '/a b', 'not_printable'],
  ['a tab', '/a\tb', 'not_printable'],
  ['raw UTF-8', '/é', 'not_printable'],
  ['a raw byte in the query', '/a?é', 'not_printable'],
  ['no slash', 'admin', 'not_a_path'],
  ['nothing but a query', '?a=/', 'not_a_path'],
  ['an asterisk', '*', 'not_a_path'],
]

const accepted: readonly (readonly [claim: string, target: string, path: string])[] = [
  ['the root', '/', '/'],
  ['a plain path', '/admin/users', '/admin/users'],
  ['a trailing slash, which is another path', '/admin/', '/admin/'],
  ['a query, which is no part of the path', '/admin?x=/../%2f;y', '/admin'],
  ['three dots, which are a name', '/.../x', '/.../x'],
  ['a hidden name', '/.well-known/x', '/.well-known/x'],
  ['letters that were escaped', '/%61dmin', '/admin'],
  ['escapes in small letters', '/caf%c3%a9', '/caf%C3%A9'],
  ['delimiters that were escaped', '/a%3Ab%40c%2Cd', '/a:b@c,d'],
  ['a plus sign and its escape, which some read differently', '/a+b%2bc', '/a+b%2Bc'],
  ['an escaped percent sign', '/100%25', '/100%25'],
  ['an escaped space', '/a%20b', '/a%20b'],
  ['characters that browsers leave as they are', '/a|b[c]', '/a%7Cb%5Bc%5D'],
]

describe('a request target', () => {
  for (const [claim, target, rule] of ambiguous) {
    it(`with ${claim} is refused`, () => {
      assert.deepEqual(canonicalise(target), { kind: 'ambiguous', rule })
    })
  }

  for (const [claim, target, path] of accepted) {
    it(`keeps its one meaning with ${claim}`, () => {
      assert.deepEqual(canonicalise(target), { kind: 'canonical', target: { path, raw: target } })
    })
  }
})

// Targets built of what matters, so that laws are tried where they could break.
const piece = fc.constantFrom(
  ...'/ . .. % 2 e E f 5 c 0 %2e %2F %5c %25 %c3 %a9 %61 %41 %20 %2B + ; \\ ? # : @ | ~ a B'.split(
    ' ',
  ),
)
const target = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`)

describe('laws of targets', () => {
  it('canonicalising twice is canonicalising once', () => {
    fc.assert(
      fc.property(target, (raw) => {
        const once = canonicalise(raw)
        if (once.kind === 'ambiguous') return
        const twice = canonicalise(once.target.path)
        assert.deepEqual(twice, {
          kind: 'canonical',
          target: { path: once.target.path, raw: once.target.path },
        })
      }),
      { numRuns: 5_000 },
    )
  })

  it('a URL parser and a reader of segments understand what is accepted as policies do', () => {
    fc.assert(
      fc.property(target, (raw) => {
        const read = canonicalise(raw)
        if (read.kind === 'ambiguous') return
        const asPolicies = segments(read.target.path)
        assert.deepEqual(segments(raw.split('?')[0] ?? ''), asPolicies)
        assert.deepEqual(segments(new URL(raw, 'http://host').pathname), asPolicies)
        assert.equal(new URL(read.target.path, 'http://host').pathname, read.target.path)
      }),
      { numRuns: 5_000 },
    )
  })

  it('the same characters have the same spelling, however they were written', () => {
    const character = fc.constantFrom(...Array.from("abz-_~09!$'()*,=:@&"))
    const spelled = fc.array(fc.tuple(character, fc.boolean()), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(spelled, (characters) => {
        const plain = characters.map(([it]) => it).join('')
        const mixed = characters
          .map(([it, escaped]) => (escaped ? `%${it.charCodeAt(0).toString(16)}` : it))
          .join('')
        const read = canonicalise(`/${mixed}`)
        assert.deepEqual(read.kind === 'canonical' && read.target.path, `/${plain}`)
      }),
    )
  })
})

function segments(path: string): readonly string[] {
  return path.split('/').map(decodeURIComponent)
}
