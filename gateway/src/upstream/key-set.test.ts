// What applications verify with: the keys of every gateway, each once, whichever they ask.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { assertionHeader, jwksPath } from '@countersign/contract/session'
import type { SigningKey } from '@countersign/contract/signer'
import { calculateJwkThumbprint, createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { World } from '#world.fake'
import { keyId } from './key-set.ts'

describe('the published keys', () => {
  let one: World
  let other: World
  before(async () => {
    one = await World.begin()
    other = await World.begin()
  })
  after(async () => {
    await one.end()
    await other.end()
  })

  const published = async (world: World): Promise<JSONWebKeySet> =>
    (await (await world.request('open.localhost', jwksPath)).body.json()) as JSONWebKeySet

  it('are told to the control plane once, and not when it knows them', async () => {
    await until(() => one.plane.toldKeys.length === 1)
    const { keys } = one.running.gateway.assertions
    assert.deepEqual(one.plane.toldKeys[0], keys[1])
    await one.plane.put({ kind: 'signer', document: { id: 'gw_test', keys: [...keys] } })
    await one.settle()
    await one.stopGateway()
    await one.startGateway()
    await one.plane.put({ kind: 'group', document: { id: 'later', name: 'Later', groups: [] } })
    await one.settle()
    assert.equal(one.plane.toldKeys.length, 1)
    assert.equal((await published(one)).keys.length, 2)
  })

  it('are those of every gateway, so that what any of them asserts verifies with the set of each', async () => {
    const keys = [...other.running.gateway.assertions.keys]
    await one.plane.put({ kind: 'signer', document: { id: 'gw_other', keys } })
    await one.settle()
    const assertions: string[] = []
    for (const world of [one, other]) {
      world.handle((request, response) => {
        assertions.push(String(request.headers[assertionHeader]))
        response.end()
      })
      await (await world.request('open.localhost', '/')).body.dump()
    }
    const set = await published(one)
    assert.equal(set.keys.length, 4)
    for (const assertion of assertions) await jwtVerify(assertion, createLocalJWKSet(set))
  })

  it('are gone with the gateway that they were of', async () => {
    await one.plane.remove('signer', 'gw_other')
    await one.settle()
    assert.equal((await published(one)).keys.length, 2)
  })

  it('have the thumbprint of RFC 7638 as their id', async () => {
    for (const { publicKey } of [
      generateKeyPairSync('ed25519'),
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    ]) {
      const jwk = publicKey.export({ format: 'jwk' })
      assert.equal(keyId(jwk as SigningKey), await calculateJwkThumbprint(jwk))
    }
  })
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1))
}
