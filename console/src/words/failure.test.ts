import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '@countersign/contract/client'
import { problemDetails } from '@countersign/contract/problems'
import { failureOf } from './failure.ts'

test('a problem of the catalogue is shown with what, in what particular, what next, and the id', () => {
  const details = problemDetails('signin.failed', {
    detail: 'this account has ended',
    instance: 'req_1',
  })
  assert.deepEqual(failureOf(new ApiError(401, details)), {
    title: 'The sign-in did not succeed',
    detail: 'This account has ended',
    remedy: 'Try again with a passkey that you registered here.',
    requestId: 'req_1',
    code: 'signin.failed',
  })
})

test('an answer of something that is not our server is told by its status', () => {
  assert.equal(failureOf(new ApiError(502, undefined)).title, 'The server answered 502')
})

test('no answer at all is a connection that is gone', () => {
  assert.equal(failureOf(new TypeError('Failed to fetch')).title, 'The server cannot be reached')
})

test('a passkey prompt that was closed is no fault of the page', () => {
  const cancelled = Object.assign(new Error('timed out'), { name: 'NotAllowedError' })
  assert.equal(failureOf(cancelled).title, 'No passkey was used')
})

test('a fault of the page says so', () => {
  assert.equal(failureOf(new RangeError('x is not y')).title, 'Something broke in this page')
})
