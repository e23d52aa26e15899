import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { networksApi } from '@countersign/contract/api/networks'
import { p256PublicKey } from '@countersign/contract/signer'
import { ServerFake } from '#server.fake'

let server: ServerFake
before(async () => {
  server = await ServerFake.start()
})
after(() => server.remove())

const newKey = () =>
  p256PublicKey.parse(
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
  )

const { path, method } = networksApi.tellKeys

test('the keys of a gateway are what it enrolled with and what it tells, for all gateways to read', async () => {
  const gateway = await server.enrol()
  const p256 = newKey()
  assert.equal((await gateway.ask(path, { method, body: { p256 } })).status, 200)
  const told = server.ledger.estate.get('signer', gateway.id)
  assert.deepEqual(told?.keys, [gateway.publicKey, p256])
})

test('a key that is known is not written down again, and another takes its place', async () => {
  const gateway = await server.enrol('again')
  const p256 = newKey()
  await gateway.ask(path, { method, body: { p256 } })
  const { sequence } = server.ledger
  await gateway.ask(path, { method, body: { p256 } })
  assert.equal(server.ledger.sequence, sequence)
  const next = newKey()
  await gateway.ask(path, { method, body: { p256: next } })
  assert.deepEqual(server.ledger.estate.get('signer', gateway.id)?.keys[1], next)
})

test('who is no gateway tells nothing', async () => {
  const answer = await server.network(path, { method, body: { p256: newKey() } })
  assert.equal(answer.status, 401)
})
