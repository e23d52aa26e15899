import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DecisionSummary } from '@countersign/contract/decision'
import fc from 'fast-check'
import { append, arrive, catchUp, emptyList, merge, release, shownMaxDecisions } from './live.ts'

const decision = (at: number): DecisionSummary => ({
  id: `dec_${String(at).padStart(6, '0')}`,
  at,
  gateway: 'gw',
  principal: { type: 'Person', id: 'ada' },
  action: 'access',
  resource: { type: 'Application', id: 'wiki' },
  verdict: 'allow',
  method: 'GET',
  path: '/',
  wouldBe: 'allow',
})
const decisions = (...ats: readonly number[]) => ats.map(decision)
const shown = (list: { readonly shown: readonly DecisionSummary[] }) =>
  list.shown.map(({ at }) => at)

test('decisions that come in any order stand newest first, each once, within the bound', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 900 })), fc.array(fc.nat({ max: 900 })), (some, others) => {
      const merged = merge(decisions(...some), decisions(...others)).map(({ at }) => at)
      const expected = [...new Set([...some, ...others])]
        .toSorted((a, b) => b - a)
        .slice(0, shownMaxDecisions)
      assert.deepEqual(merged, expected)
    }),
  )
})

test('what arrives while the list is held waits, and is shown on release', () => {
  const before = arrive(emptyList, decisions(1, 2), false)
  const held = arrive(before, decisions(3, 2), true)
  assert.deepEqual(shown(held), [2, 1])
  assert.deepEqual(
    held.waiting.map(({ at }) => at),
    [3],
  )
  assert.deepEqual(shown(release(held)), [3, 2, 1])
})

test('what was waiting is shown with the next arrival once the list is free', () => {
  const held = arrive(emptyList, decisions(1), true)
  assert.deepEqual(shown(arrive(held, decisions(2), false)), [2, 1])
})

test('older decisions go below', () => {
  assert.deepEqual(
    shown(append(arrive(emptyList, decisions(5), false), decisions(4, 3))),
    [5, 4, 3],
  )
})

test('after a short break the newest page joins what is known', () => {
  const list = catchUp(arrive(emptyList, decisions(1, 2), false), decisions(2, 3), true, false)
  assert.deepEqual(shown(list), [3, 2, 1])
  assert.equal(list.gap, false)
})

test('after a long break the list begins again rather than hide a hole', () => {
  const list = catchUp(arrive(emptyList, decisions(1, 2), false), decisions(8, 9), true, false)
  assert.deepEqual(shown(list), [9, 8])
  assert.equal(list.gap, true)
})

test('a page that is not full holds everything, so nothing can be missing', () => {
  const list = catchUp(arrive(emptyList, decisions(1), false), decisions(8, 9), false, false)
  assert.equal(list.gap, false)
})
