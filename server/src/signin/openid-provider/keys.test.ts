import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { Secret } from '@countersign/contract/secret'
import fc from 'fast-check'
import { House } from '#signin/house.fake'
import { StoreFault } from '#store/fault'
import {
  generationMs,
  generationsAt,
  publishedAfterMs,
  publishedAheadMs,
  signingKeyName,
} from './keys.ts'
import { providerKeys } from './keys.store.ts'

const moments = fc.integer({ min: generationMs, max: 10 ** 13 })

describe('a generation of keys', () => {
  it('is published before it signs, for as long as it signs, and for a while after', () => {
    fc.assert(
      fc.property(
        moments,
        fc.integer({ min: -publishedAheadMs, max: publishedAfterMs }),
        (at, by) => {
          const { signing } = generationsAt(at)
          const other = generationsAt(Math.max(0, at + by))
          assert.ok([other.signing, other.next, other.previous].includes(signing))
        },
      ),
    )
  })

  it('signs alone', () => {
    fc.assert(
      fc.property(moments, (at) => {
        const { signing, next, previous } = generationsAt(at)
        assert.ok(next === undefined || next === signing + 1)
        assert.ok(previous === undefined || previous === signing - 1)
      }),
    )
  })
})

describe('the keys of the provider', () => {
  let house: House
  const master = new Secret<Uint8Array>(randomBytes(32))
  before(async () => {
    house = await House.open()
  })
  after(() => house.close())
  const keysAt = (now: number, key = master) =>
    providerKeys(house.store.db, key, { now: () => now, randomBytes })

  it('follow each other without a moment in which what was signed cannot be checked', async () => {
    const start = 700 * generationMs
    const kids = async (at: number) => (await keysAt(at)).signing.reveal().map(({ kid }) => kid)
    const both = (generation: number) => [
      signingKeyName('RS256', generation),
      signingKeyName('ES256', generation),
    ]
    assert.deepEqual(await kids(start), both(700))
    assert.deepEqual(await kids(start + generationMs - publishedAheadMs - 1), both(700))
    const ahead = await kids(start + generationMs - publishedAheadMs)
    assert.deepEqual(ahead, [...both(700), ...both(701)])
    const taken = await kids(start + generationMs)
    assert.deepEqual(taken, [...both(701), ...both(700)])
    assert.deepEqual(await kids(start + generationMs + publishedAfterMs), both(701))
  })

  it('are the same for two servers that make them at once', async () => {
    const at = 800 * generationMs
    const [left, right] = await Promise.all([keysAt(at), keysAt(at)])
    assert.deepEqual(left.signing.reveal(), right.signing.reveal())
    assert.equal(left.own.reveal(), right.own.reveal())
  })

  it('open under the master key alone', async () => {
    const at = 700 * generationMs
    await assert.rejects(keysAt(at, new Secret<Uint8Array>(randomBytes(32))), StoreFault)
    const rows = await house.store.db.selectFrom('keys').selectAll().execute()
    const own = (await keysAt(at)).own.reveal()
    assert.ok(rows.length > 4 && !JSON.stringify(rows).includes(own))
  })
})
