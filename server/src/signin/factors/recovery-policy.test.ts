import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { policiesApi } from '@countersign/contract/api/inventory'
import type { Authentication } from '@countersign/contract/documents'
import { uid } from '@countersign/contract/entities'
import type { Subject } from '@countersign/contract/request'
import { ServerFake } from '#server.fake'
import { recoveryCodeAuthentication } from './recovery-codes.ts'

let server: ServerFake
before(async () => {
  server = await ServerFake.start()
  await server.import(
    {
      kind: 'person',
      document: {
        id: 'ada',
        name: 'Ada',
        class: 'employee',
        active: true,
        groups: ['administrators'],
      },
    },
    {
      kind: 'application',
      document: { id: 'wiki', name: 'Wiki', tier: 3, hosts: [], kind: 'web', groups: [] },
    },
  )
  const text =
    '@id("wide-open") permit (principal is Person, action, resource == Application::"wiki");'
  await server.client.call(policiesApi.make, { body: { files: [{ name: 'a.cedar', text }] } })
})
after(() => server.remove())

const verdictOf = (authentication: Authentication, action: string, application: string) => {
  const subject: Subject = {
    kind: 'person',
    session: {
      id: 'ses_1',
      person: 'ada',
      startedAt: server.now,
      endsAt: server.now + 60_000,
      authentication,
    },
    device: undefined,
  }
  return server.ledger.estate.judge({
    subject,
    action,
    resource: uid('application', application),
    circumstances: {
      protocol: 'http',
      method: 'GET',
      host: 'x.localhost',
      path: '/',
      address: '192.0.2.1',
    },
    now: server.now,
  }).verdict
}

describe('a session that rests on a recovery code', () => {
  const cases = [
    ['opens the console, for a new passkey', 'access', 'countersign', 'allow'],
    ['opens no application, however wide a policy is', 'access', 'wiki', 'step-up'],
    ['opens no tunnel', 'connect', 'wiki', 'step-up'],
    ['signs in no program', 'connect', 'countersign', 'step-up'],
    ['looks at nothing that is administered', 'identity.read', 'countersign', 'step-up'],
    ['changes nothing that is administered', 'identity.enrol', 'countersign', 'step-up'],
  ] as const
  for (const [name, action, application, expected] of cases) {
    test(name, () => {
      const weak = recoveryCodeAuthentication(server.now)
      assert.equal(verdictOf(weak, action, application), expected)
      const strong: Authentication = { ...weak, method: 'passkey', phishingResistant: true }
      assert.equal(verdictOf(strong, action, application), 'allow')
    })
  }
})
