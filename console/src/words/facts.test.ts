import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviceFactNames } from '@countersign/contract/facts'
import { addressOf, factsOf, isReadBy, requestLine } from './facts.ts'

const context = {
  network: { address: { __extn: { fn: 'ip', arg: '10.0.0.7' } }, zone: 'clinical' },
  request: { protocol: 'http', method: 'GET', host: 'payroll.localhost', path: '/runs' },
  session: { ageSeconds: 120 },
  authentication: {
    method: 'passkey',
    strength: 3,
    phishingResistant: true,
    ageSeconds: 60,
    provenance: 'attested',
  },
  device: {
    id: { __entity: { type: 'Device', id: 'dev-1' } },
    firewall: { value: false, ageSeconds: 3_600, provenance: 'reported' },
  },
}

const find = (path: string, from: Readonly<Record<string, unknown>> = context) =>
  factsOf(from, 'Person')
    .flatMap(({ facts }) => facts)
    .find((fact) => fact.path === path)

test('a fact is shown with value, age and provenance', () => {
  const fact = find('context.device.firewall')
  assert.equal(fact?.value, 'No')
  assert.equal(fact?.ageSeconds, 3_600)
  assert.equal(fact?.provenance, 'reported')
})

test('a fact that did not count is listed as absent, never as no', () => {
  const fact = find('context.device.diskEncryption')
  assert.ok(fact)
  assert.equal(fact.value, undefined)
  assert.equal(fact.holds, undefined)
})

test('every device fact of the contract has its row', () => {
  const device = factsOf(context, 'Person').find(({ title }) => title === 'Device')
  assert.equal(device?.device, 'dev-1')
  assert.deepEqual(
    device.facts.map(({ path }) => path),
    deviceFactNames.map((name) => `context.device.${name}`),
  )
})

test('a session without a device says so', () => {
  assert.equal(find('context.device', {})?.meaning, 'no device is tied to this session')
})

test('a program has neither a sign-in nor a device', () => {
  assert.deepEqual(
    factsOf(context, 'Workload').map(({ title }) => title),
    ['Network'],
  )
})

test('an unknown way to sign in is shown as it is named', () => {
  const authentication = { method: 'smartcard', phishingResistant: false, ageSeconds: 1 }
  assert.equal(
    find('context.authentication', { authentication })?.value,
    'smartcard, can be phished',
  )
})

test('the address and the request are read from the recorded context', () => {
  assert.equal(addressOf(context), '10.0.0.7')
  assert.equal(addressOf({ network: { address: '::1' } }), '::1')
  assert.equal(addressOf({}), undefined)
  assert.equal(requestLine(context), 'GET payroll.localhost/runs')
})

test('a fact is marked as read where a policy names it', () => {
  const fact = { path: 'context.device.firewall' }
  assert.ok(isReadBy(fact, ['permit (…) when { context.device.firewall.value };']))
  assert.ok(isReadBy(fact, ['… context.device has firewall && …']))
  assert.ok(!isReadBy(fact, ['… context.device has firewallRule …', 'context.devices']))
})
