import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cedarTokens } from './cedar.ts'
import { bodyOf, effectOf } from './policy.ts'

const kinds = (text: string) =>
  cedarTokens(text)
    .filter(({ kind }) => kind !== 'plain')
    .map(({ kind, text }) => `${kind} ${text}`)

test('the pieces of any text join to exactly that text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(
        cedarTokens(text)
          .map((token) => token.text)
          .join(''),
        text,
      )
    }),
  )
})

test('a policy is painted by what its words are', () => {
  assert.deepEqual(kinds('@id("a b")\npermit (principal in Group::"x\\"y", action, resource);'), [
    'annotation @id',
    'string "a b"',
    'effect permit',
    'variable principal',
    'keyword in',
    'type Group',
    'string "x\\"y"',
    'variable action',
    'variable resource',
  ])
})

test('a member is not the variable of its name, and a word in a comment is no keyword', () => {
  assert.deepEqual(kinds('context.action == 3 // when "x"'), [
    'variable context',
    'operator ==',
    'number 3',
    'comment // when "x"',
  ])
})

test('an unfinished string runs to the end rather than break the rest', () => {
  assert.deepEqual(kinds('"open'), ['string "open'])
})

test('the effect is found behind comments and annotations', () => {
  assert.equal(
    effectOf('// forbid nothing\n@id("permit")\n@deep\nforbid (principal, action, resource);'),
    'forbid',
  )
  assert.equal(effectOf('permit(principal, action, resource);'), 'permit')
  assert.equal(effectOf('permits'), undefined)
})

test('the body of a policy begins after its annotations', () => {
  assert.equal(bodyOf('@id("a")\n@note("with \\" and ) in it")\n@bare\npermit (…);'), 'permit (…);')
  assert.equal(bodyOf('forbid (…);'), 'forbid (…);')
})
