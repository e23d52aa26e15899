import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readableLine } from './log-line.ts'
import { ProgramLog } from './log.file.ts'

test('a log never takes more than twice its bound', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-log-'))
  try {
    const path = join(folder, 'logs', 'server.log')
    const log = new ProgramLog(path, 20)
    for (const word of ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh']) {
      log.write(Buffer.from(`${word} line\n`))
    }
    log.close()
    assert.equal(await readFile(path, 'utf8'), 'seventh line\n')
    assert.equal(
      await readFile(`${path}.1`, 'utf8'),
      'fourth line\nfifth line\nsixth line\n'.slice(12),
    )
    assert.deepEqual(log.lastLines().slice(-2), ['sixth line', 'seventh line'])
    log.forget()
    assert.deepEqual(log.lastLines(), [])
  } finally {
    await rm(folder, { recursive: true })
  }
})

const lines = [
  ['plain words', 'plain words'],
  ['{"level":60,"msg":"it broke"}', 'it broke'],
  ['{"level":60,"msg":"it broke","err":{"message":"disk full"}}', 'it broke: disk full'],
  ['{"level":60,"msg":"disk full","err":{"message":"disk full"}}', 'disk full'],
  ['{"level":60', '{"level":60'],
  ['\u001b[31mred', String.raw`\u{1b}[31mred`],
] as const

test('a line of a structured log reads as its message', () => {
  for (const [line, text] of lines) assert.equal(readableLine(line), text)
})
