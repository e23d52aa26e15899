import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { JsonTextError, parseJson, placeInJson, stringifyJson } from './lossless-json.ts'

describe('JSON without loss', () => {
  test('an integer beyond 2^53 keeps its digits, there and back', () => {
    const text = '{"a":9007199254740993,"b":[-9223372036854775808,5]}'
    assert.deepEqual(parseJson(text), {
      a: 9007199254740993n,
      b: [-9223372036854775808n, 5],
    })
    assert.equal(stringifyJson(parseJson(text)), text)
  })

  test('what `JSON.parse` reads without rounding is read alike', () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<unknown>(null, true, false),
        fc.maxSafeInteger(),
        fc.string({ unit: 'binary' }),
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value')),
      ),
    }))
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 2, '\t'), (given, indent) => {
        const text = JSON.stringify(given, undefined, indent)
        assert.deepEqual(parseJson(text), JSON.parse(text))
      }),
    )
  })

  test('a member named `__proto__` is a member', () => {
    assert.deepEqual(Object.keys(parseJson('{"__proto__":{"x":1}}') as object), ['__proto__'])
  })

  const refused = [
    ['a fraction', '{"a": 1.5}', 6, /`1\.5` is not an integer/],
    ['an integer written as a fraction', '[1.0]', 1, /`1\.0` is not an integer/],
    ['an exponent', '[1e3]', 1, /`1e3` is not an integer/],
    ['a name given twice', '{"a": 1, "a": 2}', 9, /"a" is given twice/],
    ['nothing', '', 0, /the text ends/],
    ['a trailing comma', '[1,]', 3, /a comma before `\]`/],
    ['two values', '1 2', 2, /the end of the text/],
    ['a comment', '// x', 0, /expected a value/],
    ['an open text', '"abc', 0, /does not end/],
    ['a bare name', '{a: 1}', 1, /in double quotes/],
    ['a thousand brackets', '['.repeat(1000), 129, /nests deeper than 128/],
  ] as const

  for (const [name, text, offset, message] of refused) {
    test(`${name} is refused with its place`, () => {
      assert.throws(
        () => parseJson(text),
        (error) =>
          error instanceof JsonTextError && error.offset === offset && message.test(error.message),
      )
    })
  }

  test('a path leads to its place, or to the nearest value around it', () => {
    const text = '[{"a": {"b": [10, 20]}}, {"a": 3}]'
    const at = (...path: (string | number)[]): string => {
      const { offset, length } = placeInJson(text, path)
      return text.slice(offset, offset + length)
    }
    assert.equal(at(0, 'a', 'b', 1), '20')
    assert.equal(at(1, 'a'), '3')
    assert.equal(at(0, 'a', 'c'), '{"b": [10, 20]}')
    assert.equal(at(5), text)
    assert.equal(at(), text)
  })
})
