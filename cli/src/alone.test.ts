import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { type Installation, newInstallation } from '../fakes/installation.process.ts'
import { testWorld, type TestWorld } from '../fakes/world.ts'
import { commands } from './commands.ts'
import { execute } from './execute.ts'

const home = join(import.meta.dirname, '../fakes/home')
const product = { version: '0', commands }

/** Real time, because real processes start. */
const clock = {
  now: () => Date.now(),
  wait: async (ms: number, signal?: AbortSignal) => {
    await setTimeout(ms, undefined, signal ? { signal } : {}).catch(() => undefined)
  },
}

function worldOf({ environment }: Installation, input?: string): TestWorld {
  const directory = process.cwd()
  return testWorld({
    environment,
    home,
    directory,
    clock,
    ...(input === undefined ? {} : { input }),
  })
}

describe('a program alone', () => {
  test('the server says how a gateway enrols and who sets it up, and stops when asked', async () => {
    await using place = await newInstallation('unused')
    const world = worldOf(place)
    const done = execute(['serve'], product, world)
    await world.said('setup#lnk')
    assert.match(world.written.stdout, new RegExp(`at http://127.0.0.1:${place.ports.server}\\.`))
    assert.match(world.written.stdout, /`countersign networks invite` lets another gateway enrol/)
    world.askToStop()
    assert.equal(await done, 0)
    assert.deepEqual(await place.story(), ['server starts', 'server stops'])
  })

  test('a gateway that is not enrolled asks for a token', async () => {
    await using place = await newInstallation('unused')
    const world = worldOf(place)
    assert.equal(await execute(['gateway'], product, world), 2)
    assert.match(
      world.written.stderr,
      /is not enrolled\n {2}get a token with `countersign networks invite`/,
    )
  })

  test('a gateway enrols with a token from standard input', async () => {
    await using place = await newInstallation('unused')
    const world = worldOf(place, 'piped-token\n')
    const done = execute(['gateway', '--enrol', '-', '--json'], product, world)
    await world.said('"event":"ready"')
    world.askToStop()
    assert.equal(await done, 0)
    assert.deepEqual(await place.story(), ['gateway starts with piped-token', 'gateway stops'])
  })

  test('an empty standard input is no token', async () => {
    await using place = await newInstallation('unused')
    const world = worldOf(place, '\n')
    assert.equal(await execute(['gateway', '--enrol', '-'], product, world), 2)
    assert.match(world.written.stderr, /standard input holds no token/)
  })

  test('a server that falls ends the command with a code of its own', async () => {
    await using place = await newInstallation('unused')
    for (const [behaviour, code] of [
      ['broken', 7],
      ['settings', 2],
    ] as const) {
      const world = worldOf({
        ...place,
        environment: { ...place.environment, FAKE_SERVER: behaviour },
      })
      assert.equal(await execute(['serve'], product, world), code)
    }
  })
})
