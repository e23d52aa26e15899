import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { generateOrganisation } from '#organisation/organisation'
import { deviceReports, manageDevices, personaDevices } from './device-management.job.ts'
import {
  parseProgress,
  type Progress,
  progressVersion,
  readProgress,
  writeProgress,
} from './progress.file.ts'
import { durationText, stepsOn } from './steps.ts'
import { parseLine } from './up.process.ts'
import { isVacant } from './vacancy.client.ts'

const now = Date.UTC(2026, 2, 17, 9, 30)
const progress: Progress = {
  version: progressVersion,
  seed: 'a',
  now,
  isReleased: true,
  decisions: 12_000,
  isComplete: false,
}

test('progress that was written is read again, and replaces the older one whole', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'demo-'))
  const path = join(folder, 'inner', 'demo.json')
  try {
    assert.equal(await readProgress(path), undefined)
    await writeProgress(path, progress)
    await writeProgress(path, { ...progress, upstream: 'http://127.0.0.1:7410' })
    assert.deepEqual(await readProgress(path), { ...progress, upstream: 'http://127.0.0.1:7410' })
    await writeFile(path, (await readFile(path, 'utf8')).slice(0, 20))
    assert.equal(await readProgress(path), undefined)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('progress of another version, or of another shape, is no progress', () => {
  for (const change of [{ version: 0 }, { now: 'yesterday' }, { decisions: 0.5 }, { seed: null }]) {
    assert.equal(parseProgress(JSON.stringify({ ...progress, ...change })), undefined)
  }
  for (const text of ['', 'null', '[]', '"x"', '{']) assert.equal(parseProgress(text), undefined)
})

test('steps are one line each where nobody watches, with how long they took', async () => {
  let written = ''
  let time = 0
  const steps = stepsOn({ isTerminal: false, write: (text) => void (written += text) }, () => time)
  await steps.run('First', async (rename) => {
    rename('First, half done')
    time += 1_234
    rename('First, done')
    await Promise.resolve()
  })
  await assert.rejects(
    steps.run('Second', () => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.match(written, /^ {2}✓ First, done +1\.2 s\n {2}✗ Second +0\.0 s\n$/)
})

test('what is said while a step runs stands on a line of its own', async () => {
  let written = ''
  const steps = stepsOn({ isTerminal: true, write: (text) => void (written += text) }, () => 0)
  await steps.run('Long', async () => {
    steps.say('Meanwhile')
    await Promise.resolve()
  })
  assert.ok(written.includes('\r\u001B[2KMeanwhile\n'))
})

test('a duration reads as people say it', () => {
  assert.deepEqual([40, 12_340, 150_000].map(durationText), ['0.0 s', '12.3 s', '3 min'])
})

test('what `up` says is understood, and what it does not say is passed over', () => {
  const ready = parseLine(
    '{"event":"ready","at":1,"text":"Open it","consoleUrl":"http://a/","gatewayUrl":"http://b","controlSocket":"/c"}',
  )
  assert.deepEqual(ready, {
    event: { event: 'ready', consoleUrl: 'http://a/', gatewayUrl: 'http://b', controlSocket: '/c' },
    text: 'Open it',
  })
  assert.deepEqual(parseLine('{"event":"failed","exitCode":6,"text":"in use"}'), {
    event: { event: 'failed', exitCode: 6 },
    text: 'in use',
  })
  for (const line of ['', 'plain words', '[]', 'null', '{"event":"other"}']) {
    assert.equal(parseLine(line), undefined, line)
  }
})

test('an address somebody listens on is not vacant', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  assert.equal(await isVacant('127.0.0.1', address.port), false)
  server.close()
  await once(server, 'close')
  assert.equal(await isVacant('127.0.0.1', address.port), true)
})

test('device management repeats what devices report, the personas’ most often', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] })
  const { devices } = generateOrganisation({ seed: 'alder-valley', now })
  const owned = personaDevices(devices)
  assert.equal(owned.length, 6)
  const later = now + 3 * 86_400_000
  for (const { kind, document } of deviceReports(owned, later)) {
    assert.ok(kind === 'device')
    for (const fact of Object.values(document.facts)) {
      assert.ok(fact && later - fact.observedAt <= 10 * 60_000)
    }
  }
  const rounds: number[] = []
  const stop = manageDevices({
    devices,
    clock: () => now,
    report: (documents) => {
      rounds.push(documents.length)
      return rounds.length === 1 ? Promise.reject(new Error('away')) : Promise.resolve()
    },
  })
  context.mock.timers.tick(4 * 60 * 60_000)
  stop()
  context.mock.timers.tick(4 * 60 * 60_000)
  await Promise.resolve()
  assert.equal(rounds.filter((count) => count === 6).length, 24)
  assert.equal(rounds.filter((count) => count === 900).length, 1)
})
