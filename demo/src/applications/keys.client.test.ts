import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { gatewayKeys } from './keys.client.ts'

test('a gateway that publishes keys of other kinds as well is still believed', async (t) => {
  const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
    format: 'jwk',
  })
  const body = JSON.stringify({
    keys: [
      { ...p256, kid: 'p256' },
      { ...ed25519, kid: 'ed25519' },
      { kty: 'new', kid: 'new' },
    ],
  })
  const server = createServer((_, response) => response.end(body)).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  // INVARIANT: it listens on TCP.
  const { port } = server.address() as AddressInfo
  const keys = gatewayKeys(`http://127.0.0.1:${port}`, 'board.localhost', () => 0)
  await keys.refresh()
  assert.deepEqual(keys.keyOf('ed25519')?.export({ format: 'jwk' }), ed25519)
  assert.equal(keys.keyOf('p256'), undefined)
})
