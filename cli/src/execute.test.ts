import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '@countersign/contract/client'
import { problemDetails } from '@countersign/contract/problems'
import { SettingError } from '@countersign/contract/setting-value'
import { testWorld } from '../fakes/world.ts'
import type { AnyCommand } from './command.ts'
import { execute } from './execute.ts'
import { exitRows } from './exit.ts'
import { Failure } from './failure.ts'

test('no two meanings share an exit code, and done is 0', () => {
  assert.equal(exitRows[0]?.code, 0)
  assert.equal(new Set(exitRows.map(({ code }) => code)).size, exitRows.length)
})

const apiError = (code: Parameters<typeof problemDetails>[0]): ApiError => {
  const details = problemDetails(code)
  return new ApiError(details.status, details)
}

const endings = [
  ['a refusal by policy', apiError('access.denied'), 4],
  ['nobody signed in', apiError('access.sign_in_required'), 4],
  ['a decision that does not exist', apiError('visibility.decision_not_found'), 5],
  ['a malformed request', apiError('request.malformed'), 2],
  ['a store that does not answer', apiError('server.store_unavailable'), 1],
  ['a wrong setting', new SettingError('`X` is wrong: correct it'), 2],
  ['a server that is away', new Failure('unreachable', 'no server answers'), 3],
  ['a taken port', new Failure('inUse', 'another program listens'), 6],
  ['a fault of ours', new RangeError('out of bounds'), 1],
] as const

test('each way to fail has its exit code, for people and for machines', async () => {
  for (const [name, error, code] of endings) {
    const product = { version: '1.2.3', commands: [failing(error)] }
    const person = testWorld()
    assert.equal(await execute(['fail'], product, person), code, name)
    assert.match(person.written.stderr, /^countersign: /)
    assert.ok(person.written.stderr.includes(error.message), name)
    assert.equal(person.written.stdout, '')

    const machine = testWorld()
    assert.equal(await execute(['fail', '--json'], product, machine), code, name)
    const said: unknown = JSON.parse(machine.written.stderr)
    assert.equal((said as { error: { exitCode: number } }).error.exitCode, code)
  }
})

test('a mistake on the command line shows how it is written', async () => {
  const world = testWorld()
  const product = { version: '1.2.3', commands: [failing(new Error('unused'))] }
  assert.equal(await execute(['fail', '--jsn'], product, world), 2)
  assert.equal(
    world.written.stderr,
    'countersign: `fail` knows no option `--jsn`; did you mean `--json`?\n  usage: countersign fail [options]\n',
  )
})

test('the version is one line', async () => {
  const world = testWorld()
  assert.equal(await execute(['--version'], { version: '1.2.3', commands: [] }, world), 0)
  assert.equal(world.written.stdout, 'countersign 1.2.3\n')
})

function failing(error: Error): AnyCommand {
  return {
    noun: 'fail',
    summary: 'fail',
    options: { json: { type: 'flag', meaning: 'answer in JSON' } },
    examples: [],
    run: async () => {
      throw error
    },
  }
}
