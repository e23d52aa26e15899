import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { cadenceApi } from '@countersign/contract/api/cadence'
import { frictionApi } from '@countersign/contract/api/friction'
import { policiesApi } from '@countersign/contract/api/inventory'
import { ApiError } from '@countersign/contract/client'
import { cadencePolicyId, defaultCadence } from '@countersign/contract/cadence'
import { ServerFake } from '#server.fake'

let server: ServerFake
before(async () => {
  server = await ServerFake.start()
  await server.import(
    {
      kind: 'person',
      document: { id: 'ada', name: 'Ada', class: 'employee', active: true, groups: [] },
    },
    {
      kind: 'person',
      document: { id: 'bob', name: 'Bob', class: 'employee', active: true, groups: [] },
    },
  )
})
after(() => server.remove())

const current = async () => server.client.call(policiesApi.current, {})
const textOf = async (id: string) =>
  (await current()).policies.find((policy) => policy.id === id)?.text ?? ''

const stricter = {
  ...defaultCadence,
  tiers: [
    defaultCadence.tiers[0],
    { maxAgeSeconds: 7200, minStrength: 2 },
    defaultCadence.tiers[2],
    defaultCadence.tiers[3],
  ],
} satisfies typeof defaultCadence

describe('the cadence', () => {
  test('is what the policies in force say', async () => {
    const { cadence, isDefault, policies } = await server.client.call(cadenceApi.cadence, {})
    assert.deepEqual(cadence, defaultCadence)
    assert.equal(isDefault, true)
    assert.equal(policies[0]?.title, 'Tier 0 asks for a sign-in of the last 15 minutes')
    assert.equal(policies.length, 5)
  })

  test('that is changed makes a release, and changes nothing else in it', async () => {
    const before = await current()
    const { release } = await server.client.call(cadenceApi.setCadence, { body: stricter })
    const after = await current()
    assert.equal(after.number, before.number + 1)
    assert.equal(release, after.number)
    assert.match(await textOf(cadencePolicyId('recent', 1)), /ageSeconds <= 7200/)
    assert.match(await textOf(cadencePolicyId('strong', 1)), /strength >= 2/)
    const others = ({ policies }: typeof before) =>
      policies.filter(({ id }) => !/^countersign-(?:recent|strong)-tier-/.test(id))
    assert.deepEqual(others(after), others(before))
  })

  test('outlives a release of the organisation’s policies, and a restart', async () => {
    const files = [
      { name: 'ours.cedar', text: '@id("ours") permit (principal, action, resource);' },
    ]
    const { number } = await server.client.call(policiesApi.make, { body: { files } })
    assert.match(await textOf(cadencePolicyId('recent', 1)), /ageSeconds <= 7200/)
    await server.restart()
    assert.equal((await current()).number, number)
    assert.match(await textOf(cadencePolicyId('recent', 1)), /ageSeconds <= 7200/)
  })

  test('of an age that nobody sees is refused', async () => {
    const tiers = stricter.tiers.with(1, { maxAgeSeconds: 5400, minStrength: 1 })
    await assert.rejects(
      server.client.call(cadenceApi.setCadence, { body: { ...stricter, tiers } as never }),
      (error) => error instanceof ApiError && error.status === 400,
    )
  })
})

describe('an exclusion', () => {
  const dayMs = 86_400_000
  const add = (change: object = {}) =>
    server.client.call(frictionApi.addExclusion, {
      body: {
        subject: { kind: 'person', id: 'ada' },
        owner: 'bob',
        reason: 'her key is broken',
        endsAt: server.now + dayMs,
        ...change,
      },
    })
  const listed = async () =>
    (await server.client.call(frictionApi.coverage, { query: {} })).exclusions

  test('stands in the policy with its end, and in the list with its owner', async () => {
    const { id } = await add()
    assert.match(
      await textOf(cadencePolicyId('strong', 1)),
      /principal == Person::"ada" && context\.time\.now < datetime\("2026-/,
    )
    assert.doesNotMatch(await textOf(cadencePolicyId('strong', 0)), /Person::"ada"/)
    const [one] = await listed()
    assert.equal(one?.ownerName, 'Bob')
    await server.client.call(frictionApi.endExclusion, { params: { exclusion: id } })
    assert.doesNotMatch(await textOf(cadencePolicyId('strong', 1)), /Person::"ada"/)
  })

  const unfit: readonly (readonly [string, () => object])[] = [
    ['for nobody', () => ({ subject: { kind: 'person', id: 'nobody' } })],
    ['answered for by oneself', () => ({ owner: 'ada' })],
    ['that has ended already', () => ({ endsAt: server.now })],
    ['for longer than a year', () => ({ endsAt: server.now + 400 * dayMs })],
  ]
  for (const [name, change] of unfit) {
    test(`${name} is refused`, async () => {
      await assert.rejects(
        add(change()),
        (error) => error instanceof ApiError && error.status === 422,
      )
    })
  }
})
