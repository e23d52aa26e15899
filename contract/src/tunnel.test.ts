import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appliesTo } from './actions.ts'
import { application } from './application.ts'
import { Estate } from './estate.ts'
import { tokenHash } from './session.ts'

const shell = { id: 'shell', name: 'Shell', tier: 2, hosts: ['shell.example'], groups: [] }
const accepts = (kind: string, upstream?: string): boolean =>
  application.safeParse({ ...shell, kind, ...(upstream === undefined ? {} : { upstream }) }).success

test('an application of tunnels lies at one written-out host and port', () => {
  for (const upstream of ['tcp://10.0.0.5:22', 'tcp://db.example.org:5432', 'tcp://[::1]:22']) {
    assert.ok(accepts('tcp', upstream), upstream)
  }
  for (const upstream of [
    'tcp://10.0.0.5',
    'tcp://10.0.0.5:0',
    'tcp://10.0.0.5:022',
    'tcp://10.0.0.5:22/path',
    'tcp://user@10.0.0.5:22',
    'tcp://UPPER.example:22',
    'tcp://:22',
    'tcp://a b:22',
    'http://10.0.0.5:80',
  ]) {
    assert.ok(!accepts('tcp', upstream), upstream)
  }
  assert.ok(accepts('tcp'), 'one that is only in the inventory has no upstream')
})

test('what browsers and programs call over HTTP does not lie at a bare port', () => {
  assert.ok(!accepts('web', 'tcp://10.0.0.5:22'))
  assert.ok(!accepts('api', 'tcp://10.0.0.5:22'))
  assert.ok(accepts('web', 'http://10.0.0.5:8080'))
})

test('a token counts for its own use only', () => {
  const now = Date.UTC(2026, 2, 1)
  const session = {
    id: 'ses_1',
    person: 'ada',
    startedAt: now,
    endsAt: now + 1000,
    authentication: {
      method: 'passkey',
      phishingResistant: true,
      observedAt: now,
      provenance: 'attested',
    },
  } as const
  const ada = { id: 'ada', name: 'Ada', class: 'employee', active: true, groups: [] } as const
  const token = { session: 'ses_1', host: 'console.example', endsAt: now + 1000 }
  const estate = Estate.from({
    sequence: 1,
    at: now,
    documents: [
      { kind: 'person', document: { ...ada, groups: [] } },
      { kind: 'session', document: session },
      { kind: 'token', document: { ...token, id: tokenHash('cookie') } },
      { kind: 'token', document: { ...token, id: tokenHash('program'), use: 'tunnel' } },
    ],
  })
  const kind = (secret: string, use?: 'browser' | 'tunnel') =>
    estate.subjectOf(tokenHash(secret), 'console.example', now, use).kind
  assert.equal(kind('cookie'), 'person')
  assert.equal(kind('cookie', 'tunnel'), 'anonymous')
  assert.equal(kind('program'), 'anonymous')
  assert.equal(kind('program', 'tunnel'), 'person')
})

test('nobody is no one to connect, or to administer', () => {
  assert.ok(!appliesTo('connect', 'Anonymous'))
  assert.ok(!appliesTo('administer', 'Anonymous'))
  assert.ok(appliesTo('access', 'Anonymous'))
  assert.ok(appliesTo('connect', 'Person'))
  assert.ok(appliesTo('an action nobody declared', 'Anonymous'))
})
