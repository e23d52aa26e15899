import assert from 'node:assert/strict'
import { test } from 'node:test'
import { initialsOf, monogram, toneOf } from './monogram.ts'

test('a monogram has the letters by which a name is known', () => {
  assert.equal(monogram('Payroll'), 'Pa')
  assert.equal(monogram('Imaging archive'), 'IA')
  assert.equal(monogram(''), '')
  assert.equal(initialsOf('Ada Maria Lindqvist'), 'AL')
  assert.equal(initialsOf('operator'), 'O')
})

test('a thing keeps its tint', () => {
  assert.equal(toneOf('payroll'), toneOf('payroll'))
  assert.ok(toneOf('wiki') < 6)
})
