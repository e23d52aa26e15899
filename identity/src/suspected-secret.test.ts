import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passwordLooks, suspectedSecret } from './suspected-secret.ts'

const holding = [
  ['pw: Winter2024', 'password'],
  ['Backup job, password = hunter2', 'password'],
  ['Kennwort ist Sommer', 'password'],
  ['svc, pwd Xk39!fj2', 'password'],
  ['-----BEGIN RSA PRIVATE KEY-----', 'private-key'],
  ['token ghp_abcdefghijklmnopqrstuvwx', 'token'],
  ['{SSHA}3fJdkslaPqWmZ', 'password-hash'],
] as const

for (const [text, looks] of holding) {
  test(`\`${text}\` looks like a ${looks}`, () => assert.equal(suspectedSecret(text), looks))
}

const innocent = [
  'Members may reset passwords of students',
  'Password reset team',
  'password: never expires',
  'Compass 2024 project',
  'The passport office, room 12',
  'PW-Admin for the west wing',
  '',
]

for (const text of innocent) {
  test(`\`${text}\` holds no secret`, () => assert.equal(suspectedSecret(text), undefined))
}

test('a value for passwords is told apart by how it is stored', () => {
  assert.equal(passwordLooks('{SSHA}abc'), 'password-hash')
  assert.equal(passwordLooks('$6$salt$hash'), 'password-hash')
  assert.equal(passwordLooks('{CLEARTEXT}abc'), 'password')
  assert.equal(passwordLooks('letmein'), 'password')
})

test('a very long text is looked at only so far, and quickly', () => {
  assert.equal(suspectedSecret('pass '.repeat(2_000_000)), undefined)
})
