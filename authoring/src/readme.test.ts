// The example on the policy engine's page, run as it stands there.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { compilePolicies, decide } from '@countersign/policy/engine'
import { EntityStore } from '@countersign/policy/entities'
import { explain } from '@countersign/policy/explain'
import { findRemedies } from '@countersign/policy/remedies'
import { Authoring } from './authoring.ts'

test('the example on the page gives the answers that the page shows', async () => {
  const page = await readFile(new URL('../../policy/README.md', import.meta.url), 'utf8')
  const text = /```cedar\n(?<text>[^`]*)```/.exec(page)?.groups?.['text'] ?? ''
  const authoring = new Authoring()
  const { policies } = await authoring.parsePolicies(text, { file: 'payroll.cedar' })
  await authoring.close()

  const compiled = compilePolicies(policies)
  const ann = { type: 'User', id: 'ann' }
  const entities = EntityStore.load([
    { uid: ann, attrs: {}, parents: [{ type: 'Group', id: 'finance' }] },
  ])
  const query = {
    principal: ann,
    action: { type: 'Action', id: 'read' },
    resource: { type: 'App', id: 'payroll' },
    context: { minutesSinceSignIn: 95, device: { encrypted: true } },
  }
  assert.deepEqual(decide(compiled, entities, query).effective, {
    effect: 'deny',
    determining: [],
    errors: [],
  })
  const [why] = explain(compiled, entities, query)
  assert.equal(why?.outcome, 'failed')
  assert.equal(why?.failing?.text, 'context.minutesSinceSignIn < 60')
  assert.deepEqual([why?.failing?.span?.line, why?.failing?.span?.column], [3, 8])
  assert.deepEqual(why?.failing?.observed, [{ path: 'context.minutesSinceSignIn', value: 95 }])
  const found = findRemedies(compiled, entities, query, [
    { id: 'sign in again', kind: 'authentication', context: { minutesSinceSignIn: 0 } },
    { id: 'encrypt the disk', kind: 'device', context: { 'device.encrypted': true } },
  ])
  assert.deepEqual(found, {
    remedies: [{ changes: ['sign in again'], isStepUp: true }],
    tried: 1,
    isCutShort: false,
  })
})
