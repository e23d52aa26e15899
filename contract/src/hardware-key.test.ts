import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Authoring } from '@countersign/authoring/authoring'
import type { AnyDocument, Session } from './documents.ts'
import { uid } from './entities.ts'
import { Estate, type Question } from './estate.ts'
import { actText } from './remedies.ts'
import { vocabulary } from './vocabulary.ts'

const now = Date.UTC(2027, 2, 1, 9)

const authoring = new Authoring({})
after(() => authoring.close())

const { policies, diagnostics } = await authoring.parsePolicies(
  `
  @id("vault-needs-hardware")
  permit (principal, action == Action::"access", resource == Application::"vault")
  when { context has authentication && context.authentication.strength >= 4 };

  @id("ledger-needs-a-passkey")
  permit (principal, action == Action::"access", resource == Application::"ledger")
  when { context has authentication && context.authentication.phishingResistant };

  @id("counter-needs-exactly-a-passkey")
  permit (principal, action == Action::"access", resource == Application::"counter")
  when { context has authentication && context.authentication.method == "passkey" };
  `,
  { file: 'keys.cedar', schema: vocabulary },
)
assert.deepEqual(diagnostics, [])

const person = (id: string): AnyDocument => ({
  kind: 'person',
  document: { id, name: id, class: 'employee', active: true, groups: [] },
})
const application = (id: string): AnyDocument => ({
  kind: 'application',
  document: { id, name: id, tier: 2, hosts: [], kind: 'web', groups: [] },
})
const session = (id: string): Session => ({
  id: `ses_${id}`,
  person: id,
  startedAt: now,
  endsAt: now + 60_000,
  authentication: {
    method: 'password',
    phishingResistant: false,
    observedAt: now,
    provenance: 'reported',
  },
})
const estate = Estate.from({
  sequence: 1,
  at: now,
  documents: [
    person('ada'),
    person('bob'),
    application('vault'),
    application('ledger'),
    application('counter'),
    { kind: 'factors', document: { id: 'ada', hardwareKey: true } },
    {
      kind: 'release',
      document: {
        id: 'rel_1',
        number: 1,
        createdAt: now,
        author: 'test',
        digest: '0'.repeat(64),
        policies: [...policies],
      },
    },
  ],
})

function ask(who: string, where: string) {
  const question: Question = {
    subject: { kind: 'person', session: session(who), device: undefined },
    action: 'access',
    resource: uid('application', where),
    circumstances: {
      protocol: 'http',
      method: 'GET',
      host: 'x.localhost',
      path: '/',
      address: '192.0.2.1',
    },
    now,
  }
  const judgement = estate.judge(question)
  const found = estate.remedies(judgement, question)?.found ?? []
  return { verdict: judgement.verdict, acts: found.map((acts) => acts.map(actText)) }
}

test('who has a hardware key is asked for it where nothing weaker opens', () => {
  assert.deepEqual(ask('ada', 'vault'), {
    verdict: 'step-up',
    acts: [['Sign in again with your hardware key.']],
  })
})

test('who has none is refused, and not sent to look for one', () => {
  assert.deepEqual(ask('bob', 'vault'), { verdict: 'deny', acts: [] })
})

test('nobody is sent for a hardware key where a passkey does as well', () => {
  const passkey = { verdict: 'step-up', acts: [['Sign in again with a passkey.']] }
  assert.deepEqual(ask('ada', 'ledger'), passkey)
  assert.deepEqual(ask('bob', 'ledger'), passkey)
})

test('a policy that names the passkey itself is still a step-up for who has both', () => {
  assert.equal(ask('ada', 'counter').verdict, 'step-up')
})

test('a key that is gone from the feed is gone from the decision', () => {
  const removed = estate.apply({
    from: 1,
    to: 2,
    changes: [{ op: 'remove', kind: 'factors', id: 'ada' }],
  })
  assert.ok(removed)
  assert.equal(ask('ada', 'vault').verdict, 'deny')
})
