import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettingError } from './setting-value.ts'
import { readSettings, settings } from './settings.ts'

const rejected: Readonly<Record<string, readonly [Record<string, string>, RegExp]>> = {
  'a misspelt setting': [
    { COUNTERSIGN_PUBLIC_ULR: 'x' },
    /unknown setting `COUNTERSIGN_PUBLIC_ULR`/,
  ],
  'a flag that is neither 0 nor 1': [
    { COUNTERSIGN_DEMO: 'yes' },
    /`COUNTERSIGN_DEMO` is `yes`, expected `0` or `1`/,
  ],
  'an address without a port': [{ COUNTERSIGN_SERVER_LISTEN: 'localhost' }, /expected `host:port`/],
  'a port that does not exist': [
    { COUNTERSIGN_SERVER_LISTEN: 'localhost:70000' },
    /expected `host:port`/,
  ],
  'a URL of another scheme': [
    { COUNTERSIGN_PUBLIC_URL: 'ftp://x' },
    /expected an http or https URL/,
  ],
  'an unknown level': [{ COUNTERSIGN_LOG_LEVEL: 'loud' }, /expected one of trace, debug/],
}

for (const [what, [environment, message]] of Object.entries(rejected)) {
  test(`${what} stops the program with a message that names it`, () => {
    assert.throws(
      () => readSettings('server', environment),
      (error) => error instanceof SettingError && message.test(error.message),
    )
  })
}

test('every setting has a default that its own check accepts', () => {
  for (const program of ['server', 'gateway', 'up'] as const) {
    const read = Object.keys(readSettings(program, {}))
    const declared = Object.entries(settings).filter(([, row]) =>
      (row.programs as readonly string[]).includes(program),
    )
    assert.deepEqual(read.sort(), declared.map(([name]) => name).sort())
  }
})

test('an address may be IPv6, in brackets', () => {
  assert.deepEqual(
    readSettings('server', { COUNTERSIGN_SERVER_LISTEN: '[::1]:7401' }).serverListen,
    { host: '::1', port: 7401 },
  )
})

test('a secret setting does not show in its settings', () => {
  const read = readSettings('server', { DATABASE_URL: 'postgres://u:p4ss@h/d' })
  assert.doesNotMatch(JSON.stringify(read), /p4ss/)
  assert.equal(read.databaseUrl?.reveal(), 'postgres://u:p4ss@h/d')
})
