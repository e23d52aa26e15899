import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policiesFrom } from '../fuzz/parse.ts'
import { compilePolicies, decide } from './engine.ts'
import { EntityStore } from './entities.ts'
import { DataError, recordFromJson } from './json.ts'
import type { RecordJson } from './json.ts'
import { readSchema } from './schema.ts'
import type { RecordValue } from './values.ts'

const attributes = {
  tier: { type: 'Long' },
  address: { type: 'Extension', name: 'ipaddr', required: false },
  owner: { type: 'Entity', name: 'Color', required: false },
  device: {
    type: 'Record',
    required: false,
    attributes: {
      encrypted: { type: 'Boolean' },
      tags: { type: 'Set', element: { type: 'String' } },
    },
  },
}
const STORE = EntityStore.load(
  [],
  readSchema({
    '': {
      entityTypes: { User: {}, Color: { enum: ['red'] } },
      actions: {
        read: {
          appliesTo: {
            principalTypes: ['User'],
            resourceTypes: ['User'],
            context: { type: 'Record', attributes },
          },
        },
        ping: { appliesTo: { principalTypes: ['User'], resourceTypes: ['User'] } },
      },
    },
  }),
)
const POLICIES = compilePolicies(policiesFrom({ p: 'permit (principal, action, resource);' }))
const ann = { type: 'User', id: 'ann' }

function ask(context: RecordJson | RecordValue, action = 'read'): string {
  const query = { principal: ann, action: { type: 'Action', id: action }, resource: ann, context }
  return decide(POLICIES, STORE, query).effective.effect
}

const device = { encrypted: true, tags: ['a'] }

/** Facts, and the place that a refusal names. */
const CONTEXTS: readonly (readonly [
  what: string,
  context: RecordJson,
  path: string | undefined,
])[] = [
  ['all facts are there', { tier: 1, device }, undefined],
  ['an optional fact is missing', { tier: 1 }, undefined],
  ['a required fact is missing', { device }, 'context.tier'],
  [
    'a required fact is missing further down',
    { tier: 1, device: { tags: [] } },
    'context.device.encrypted',
  ],
  ['a fact has another type', { tier: '1' }, 'context.tier'],
  [
    'a member of a set has another type',
    { tier: 1, device: { encrypted: true, tags: [1] } },
    'context.device.tags',
  ],
  ['there is a fact that nobody declared', { tier: 1, extra: 1 }, 'context'],
  [
    'an entity is not one of the listed',
    { tier: 1, owner: { __entity: { type: 'Color', id: 'blue' } } },
    'context.owner',
  ],
  ['an entity is of another type', { tier: 1, owner: { __entity: ann } }, 'context.owner'],
  [
    'an address is an address',
    { tier: 1, address: { __extn: { fn: 'ip', arg: '::1' } } },
    undefined,
  ],
  [
    'an address is a decimal',
    { tier: 1, address: { __extn: { fn: 'decimal', arg: '1.0' } } },
    'context.address',
  ],
]

for (const [what, context, path] of CONTEXTS) {
  for (const [how, given] of [
    ['as JSON', () => context],
    ['as a record built beforehand', () => recordFromJson(context, undefined, 'context')],
  ] as const) {
    test(`${what}, ${how}: ${path === undefined ? 'answered' : `refused, naming ${path}`}`, () => {
      if (path === undefined) return assert.equal(ask(given()), 'allow')
      assert.throws(
        () => ask(given()),
        (error) =>
          error instanceof DataError && error.code === 'schema' && error.path.startsWith(path),
      )
    })
  }
}

test('a record that was right for one action is not taken for another', () => {
  const context = recordFromJson({ tier: 1 })
  assert.equal(ask(context), 'allow')
  assert.throws(() => ask(context, 'ping'), DataError)
  assert.equal(ask(context), 'allow')
})
