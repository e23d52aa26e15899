import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'

const bin = join(import.meta.dirname, '../bin/countersign.js')
const main = join(import.meta.dirname, 'main.ts')

test('the command starts from its own file', async () => {
  const { code, said } = await run(bin, '--version')
  assert.equal(code, 0)
  assert.match(said, /^countersign \d+\.\d+\.\d+\n$/)
})

test('a reader that has had enough is no failure', async () => {
  const child = spawn(process.execPath, [main, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8')
  })
  const [code] = (await once(child, 'close')) as [number | null]
  assert.equal(code, 0)
  assert.equal(errors, '')
})

test('what is written into a pipe has no colours', async () => {
  const { said } = await run(main, '--help')
  assert.ok(!said.includes('\u001b'))
})

async function run(...args: string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, said }
}
