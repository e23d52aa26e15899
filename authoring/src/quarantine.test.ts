import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Quarantine } from './quarantine.ts'
import type { EngineCall } from './quarantine.ts'

const LIMITS = { deadlineMs: 20_000, memoryMaxMb: 256 }
const quarantine = new Quarantine(LIMITS)
after(() => quarantine.close())

const FINE: EngineCall = { name: 'policyToJson', args: ['permit (principal, action, resource);'] }
const HOSTILE: EngineCall = {
  name: 'policyToJson',
  args: [
    `permit (principal, action, resource) when { ${'!('.repeat(2000)}true${')'.repeat(2000)} };`,
  ],
}

test('a policy that makes the engine trap harms neither the process nor the next policy', async () => {
  const outcomes = await quarantine.run([FINE, HOSTILE, FINE])
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['answered', 'crashed', 'answered'],
  )
})

test('a call past its deadline is given up, and the next one gets a new engine', async () => {
  const hasty = new Quarantine({ ...LIMITS, deadlineMs: 1 })
  const outcomes = await hasty.run([FINE])
  assert.deepEqual(outcomes, [{ kind: 'late' }])
  await hasty.close()
})

test('long integers come back with every digit', async () => {
  const text =
    'permit (principal, action, resource) when { -9223372036854775808 < 9007199254740993 };'
  const [outcome] = await quarantine.run([{ name: 'policyToJson', args: [text] }])
  assert.ok(outcome?.kind === 'answered')
  assert.match(outcome.json, /"-9223372036854775808".*"9007199254740993"/)
})

test('a closed quarantine answers nothing', async () => {
  const closed = new Quarantine(LIMITS)
  await closed.close()
  await assert.rejects(closed.run([FINE]), /closed/)
})
