import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aligned, coloured, plain, printable, printableLines } from './paint.ts'
import { suggest } from './suggest.ts'
import { agoText, clockText, durationText, momentText } from './times.ts'

test('text from outside cannot command the terminal', () => {
  assert.equal(printable('/a\u001b[2J\u0007b'), String.raw`/a\u{1b}[2J\u{7}b`)
  assert.equal(printable('evil\u202etxt.exe'), String.raw`evil\u{202e}txt.exe`)
  assert.equal(printable('two\nlines'), String.raw`two\u{a}lines`)
  assert.equal(printable('Zoë 健康 👩🏽‍⚕️'.replaceAll('\u200d', '')), 'Zoë 健康 👩🏽⚕️')
  assert.deepEqual(printableLines('a\r\n\tb\u009b'), ['a', String.raw`  b\u{9b}`])
})

test('columns stand under each other, with colours too', () => {
  const rows = [
    ['a', { text: 'good', tone: 'good' }, 'x'],
    ['long', { text: 'ok', tone: 'good' }, 'y'],
  ] as const
  assert.deepEqual(aligned(rows, plain), ['a     good  x', 'long  ok    y'])
  assert.equal(aligned(rows, coloured)[1], 'long  \u001b[32mok\u001b[39m    y')
})

test('durations round down to the unit people would say', () => {
  const cases = [
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [3_599, '59 min'],
    [3_600, '1 h'],
    [86_400, '1 d'],
    [-5, '0 s'],
  ] as const
  for (const [seconds, text] of cases) assert.equal(durationText(seconds), text)
  assert.equal(agoText(0, 120_000), '2 min ago')
  assert.equal(agoText(120_000, 0), 'in 2 min')
})

test('moments are shown in the zone of the reader', () => {
  const ms = Date.UTC(2026, 0, 15, 23, 5, 9)
  assert.equal(momentText(ms, 'UTC'), '2026-01-15 23:05:09 UTC')
  assert.equal(clockText(ms, 'Europe/Berlin'), '00:05:09')
})

test('a slip of the fingers is understood, another word is not', () => {
  const known = ['status', 'serve', 'up', 'decisions']
  const cases = [
    ['stauts', 'status'],
    ['sreve', 'serve'],
    ['u', 'up'],
    ['decision', 'decisions'],
    ['dec', 'decisions'],
    ['restart', undefined],
    ['x', undefined],
  ] as const
  for (const [word, expected] of cases) assert.equal(suggest(word, known), expected, word)
})
