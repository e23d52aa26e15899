import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decisionSentence, sentenceText } from './decision.ts'
import { entityInWords } from './entities.ts'
import { wouldBeDiffers } from './verdicts.ts'

const told = {
  principal: { type: 'Person', id: 'ada' },
  principalName: 'Ada Lindqvist',
  action: 'access',
  resource: { type: 'Application', id: 'payroll' },
  resourceName: 'Payroll',
  verdict: 'deny',
} as const

for (const [sentence, change] of [
  ['Ada Lindqvist asked to open Payroll and was denied.', {}],
  ['Ada Lindqvist asked to open Payroll and was allowed.', { verdict: 'allow' }],
  [
    'Ada Lindqvist asked to open Payroll and was asked for a fresh sign-in.',
    { verdict: 'step-up' },
  ],
  ['Ada Lindqvist asked to call Payroll and was denied.', { action: 'invoke' }],
  ['Ada Lindqvist asked to connect to Payroll and was denied.', { action: 'connect' }],
  [
    'Ada Lindqvist asked to release policies at Payroll and was denied.',
    { action: 'policies.release' },
  ],
  ['Ada Lindqvist asked for `dance` at Payroll and was denied.', { action: 'dance' }],
  [
    'ada asked to open payroll and was denied.',
    { principalName: undefined, resourceName: undefined },
  ],
  [
    'Someone not signed in asked to open Payroll and was denied.',
    { principal: { type: 'Anonymous', id: 'anonymous' }, principalName: undefined },
  ],
] as const) {
  test(`a decision reads: ${sentence}`, () => {
    const { principalName, resourceName, ...rest } = { ...told, ...change }
    assert.equal(
      sentenceText({
        ...rest,
        ...(principalName === undefined ? {} : { principalName }),
        ...(resourceName === undefined ? {} : { resourceName }),
      }),
      sentence,
    )
  })
}

test('the outcome is a piece of its own, so that it can be coloured', () => {
  assert.equal(decisionSentence(told).find(({ kind }) => kind === 'outcome')?.text, 'was denied')
})

test('what would be is told only where it differs from what was', () => {
  assert.equal(wouldBeDiffers('allow', 'allow'), undefined)
  assert.equal(wouldBeDiffers('deny', 'deny'), undefined)
  assert.equal(wouldBeDiffers('step-up', 'deny'), undefined)
  assert.equal(wouldBeDiffers('allow', 'deny'), 'would deny')
  assert.equal(wouldBeDiffers('deny', 'allow'), 'would allow')
  assert.equal(wouldBeDiffers('step-up', 'allow'), 'would allow')
})

test('an author written as policies write it is told in words', () => {
  assert.equal(entityInWords('Workload::"operator"'), 'workload operator')
  assert.equal(entityInWords('Person::"ada"'), 'person ada')
  assert.equal(entityInWords('the installer'), 'the installer')
})
