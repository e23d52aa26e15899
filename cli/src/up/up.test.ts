import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  type Installation,
  newInstallation,
  type Up,
  type UpEvent,
} from '../../fakes/installation.process.ts'

const command = join(import.meta.dirname, '../../fakes/countersign.process.ts')

const isReady = ({ event }: UpEvent): boolean => event === 'ready'
const installation = async (): Promise<Installation> => await newInstallation(command)

describe('countersign up', () => {
  test('starts the server, enrols the gateway, prints one link, and stops in order', async () => {
    await using place = await installation()
    const up = place.up()
    const ready = await up.event(isReady)
    assert.equal(ready['consoleUrl'], `http://countersign.localhost:${place.ports.gateway}/`)
    assert.deepEqual(ready['setup'], {
      url: 'http://countersign.localhost:7400/setup#lnk',
      expiresAt: 1_772_500_000_000,
    })
    up.process.kill('SIGINT')
    assert.equal(await up.exited, 0, up.errors())
    assert.equal(up.errors(), '')
    assert.deepEqual(await place.story(), [
      'server starts',
      'gateway starts with one-time-token',
      'gateway stops',
      'server stops',
    ])
    assert.deepEqual(
      up.events.map(({ event, program, state }) =>
        [event, program, state].filter(Boolean).join(' '),
      ),
      [
        'progress console warning',
        'progress server starting',
        'progress server ready',
        'progress gateway starting',
        'progress gateway ready',
        'ready',
        'stopping',
        'stopped',
      ],
    )
  })

  test('starts a program again that was killed', async () => {
    await using place = await installation()
    const up = place.up()
    const ready = await up.event(isReady)
    const { server } = ready['processes'] as { server: number }
    process.kill(server, 'SIGKILL')
    const died = await up.event(({ event }) => event === 'died')
    assert.equal(died['signal'], 'SIGKILL')
    await up.event((event) => serverReadies(up) === 2 && event.event === 'progress')
    up.process.kill('SIGTERM')
    assert.equal(await up.exited, 0)
    assert.deepEqual((await place.story()).slice(2), [
      'server starts',
      'gateway stops',
      'server stops',
    ])
  })

  test('leaves nothing behind when it is killed, and starts again over what it left', async () => {
    await using place = await installation()
    const first = place.up()
    await first.event(isReady)
    const [server, gateway] = await Promise.all([
      place.connect(place.ports.server),
      place.connect(place.ports.operate),
    ])
    first.process.kill('SIGKILL')
    await Promise.all([once(server, 'close'), once(gateway, 'close')])
    const second = place.up()
    const ready = await second.event(isReady)
    assert.equal(ready.event, 'ready')
    assert.ok((await place.story()).includes('gateway starts enrolled'))
  })

  test('starts again when everything was killed at once', async () => {
    await using place = await installation()
    const first = place.up()
    const { processes } = await first.event(isReady)
    for (const pid of Object.values(processes as Record<string, number>))
      process.kill(pid, 'SIGKILL')
    first.process.kill('SIGKILL')
    await first.exited
    const second = place.up()
    await second.event(isReady)
  })

  test('gives up on a program that falls again and again, and says what it said last', async () => {
    await using place = await installation()
    const up = place.up({ FAKE_SERVER: 'broken' })
    assert.equal(await up.exited, 7)
    assert.match(up.errors(), /the server did not start: it ended with code 1; it said last:/)
    assert.match(up.errors(), /\| the store is not readable/)
    const log = await readFile(join(place.dataDir, 'logs', 'server.log'), 'utf8')
    assert.match(log, /the store is not readable/)
    assert.deepEqual(up.events.at(-1)?.event, 'failed')
  })

  test('passes on what is wrong with a setting', async () => {
    await using place = await installation()
    const up = place.up({ FAKE_SERVER: 'settings' })
    assert.equal(await up.exited, 2)
    assert.match(
      up.errors(),
      /the server refuses its settings.*`COUNTERSIGN_ODD` is odd: make it even/,
    )
  })

  test('refuses a setting that does not exist, before anything starts', async () => {
    await using place = await installation()
    const up = place.up({ COUNTERSIGN_SEVER_LISTEN: 'x' })
    assert.equal(await up.exited, 2)
    assert.match(up.errors(), /unknown setting `COUNTERSIGN_SEVER_LISTEN`/)
    await assert.rejects(place.story(), /ENOENT/)
  })

  test('runs once per data directory', async () => {
    await using place = await installation()
    const first = place.up()
    await first.event(isReady)
    const second = place.up()
    assert.equal(await second.exited, 6)
    assert.match(second.errors(), new RegExp(`runs already for .* as process ${first.process.pid}`))
  })

  test('says which address is taken, and by which setting to choose another', async () => {
    await using place = await installation()
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(place.ports.gateway, '127.0.0.1', resolve))
    const up = place.up()
    await up.event(({ state }) => state === 'waiting')
    up.process.kill('SIGTERM')
    assert.equal(await up.exited, 0)
    other.close()
    const { text } = await up.event(({ state }) => state === 'waiting')
    assert.match(String(text), /another program listens on `127.0.0.1:\d+`; waiting up to 10 s/)
  })

  test('stops when the program that started it is gone', async () => {
    await using place = await installation()
    const up = place.up()
    await up.event(isReady)
    up.process.disconnect()
    assert.equal(await up.exited, 0)
    assert.deepEqual((await place.story()).slice(2), ['gateway stops', 'server stops'])
  })
})

function serverReadies({ events }: Up): number {
  return events.filter((it) => it['program'] === 'server' && it['state'] === 'ready').length
}
