// Tokens that are bound to a certificate (RFC 8705), over real TLS.
import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { assertionHeader } from '@countersign/contract/session'
import { decodeJwt } from 'jose'
import { dialHttp2, exchangeTls, FakeAuthority, get, writePair } from '#tls/authority.fake'
import type { IssuedPair } from '#tls/issue'
import { World } from '#world.fake'
import { federation, ProvingKey, tokenOf, workload } from './programs.fake.ts'

const spiffeId = 'spiffe://example.org/reports'

describe('a token that is bound to a certificate', () => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-bound-'))
  let site: FakeAuthority
  let callers: FakeAuthority
  let world: World
  let own: IssuedPair
  let other: IssuedPair
  before(async () => {
    site = await FakeAuthority.begin('site')
    callers = await FakeAuthority.begin('callers')
    own = await callers.leaf({ hosts: ['reports'] }, { usage: 'client' })
    other = await callers.leaf({ hosts: ['reports'] }, { usage: 'client' })
    const bundle = join(directory, 'callers.pem')
    writeFileSync(bundle, callers.certificate)
    const hosts = ['open.localhost', 'countersign.localhost']
    const { certificate, key } = writePair(directory, await site.leaf({ hosts }))
    world = await World.begin({
      environment: {
        COUNTERSIGN_GATEWAY_TLS: 'files',
        COUNTERSIGN_GATEWAY_TLS_CERTIFICATE: certificate,
        COUNTERSIGN_GATEWAY_TLS_KEY: key,
        COUNTERSIGN_GATEWAY_TLS_CLIENTS: bundle,
      },
    })
    await world.plane.put(
      workload('reports', { federations: [federation], spiffeId }),
      workload('ledger', { spiffeId: 'spiffe://example.org/ledger' }),
    )
    await world.settle()
  })
  after(async () => {
    await world.end()
    rmSync(directory, { recursive: true })
  })

  const bound = (pair: IssuedPair, more = {}): Promise<string> =>
    tokenOf(world, { aud: 'open', cnf: { 'x5t#S256': thumbprintOf(pair), ...more } })
  const seenBy = async (host: string, pair: IssuedPair | undefined, headers: string) => {
    const answer = await exchangeTls(world.port, host, get(host, '/', headers), {
      ca: site.certificate,
      ...(pair ? { cert: pair.chain, key: pair.key } : {}),
    })
    assert.match(answer, /^HTTP\/1\.1 200 /)
    const seen = world.seen.at(-1)
    assert.equal(seen?.headers.authorization, undefined)
    return decodeJwt(String(seen?.headers[assertionHeader]))
  }
  const subjectOf = async (pair: IssuedPair | undefined, token: string, more = '') =>
    (await seenBy('open.localhost', pair, `Authorization: Bearer ${token}\r\n${more}`)).sub

  const reports = 'Workload::"reports"'
  const nobody = 'Anonymous::"anonymous"'

  it('is worth something over a connection with that certificate alone', async () => {
    const token = await bound(own)
    assert.equal(await subjectOf(own, token), reports)
    assert.equal(await subjectOf(other, token), nobody)
    assert.equal(await subjectOf(undefined, token), nobody)
  })

  it('may be bound to a key as well, and then takes both', async () => {
    const key = await ProvingKey.make()
    const token = await bound(own, { jkt: key.thumbprint })
    const url = 'https://open.localhost/'
    const shown = async (pair: IssuedPair, proof: string) =>
      (
        await seenBy(
          'open.localhost',
          pair,
          `Authorization: DPoP ${token}\r\n${proof === '' ? '' : `DPoP: ${proof}\r\n`}`,
        )
      ).sub
    assert.equal(await shown(own, await key.proof(url, token)), reports)
    assert.equal(await shown(other, await key.proof(url, token)), nobody)
    assert.equal(await shown(own, ''), nobody)
    assert.equal(await subjectOf(own, token), nobody)
  })

  it('counts over HTTP/2 as well, with one proof and not with two', async () => {
    const key = await ProvingKey.make()
    const token = await bound(own, { jkt: key.thumbprint })
    const prove = () => key.proof('https://open.localhost/', token)
    const subject = async (proofs: string | string[]): Promise<unknown> => {
      const shown = { ca: site.certificate, cert: own.chain, key: own.key }
      const session = dialHttp2(world.port, 'open.localhost', shown)
      const headers = { authorization: `DPoP ${token}`, dpop: proofs }
      const stream = session.request({ ':path': '/', ':authority': 'open.localhost', ...headers })
      await once(stream.resume(), 'close')
      session.destroy()
      const seen = world.seen.at(-1)
      assert.equal(seen?.headers.authorization, undefined)
      return decodeJwt(String(seen?.headers[assertionHeader])).sub
    }
    assert.equal(await subject(await prove()), reports)
    assert.equal(await subject([await prove(), await prove()]), nobody)
  })

  it('makes nobody of a program whose certificate names another workload', async () => {
    const leaf = (id: string) => callers.leaf({ uris: [id] }, { usage: 'client' })
    const token = await tokenOf(world, { aud: 'open' })
    assert.equal(await subjectOf(await leaf(spiffeId), token), reports)
    assert.equal(await subjectOf(await leaf('spiffe://example.org/ledger'), token), nobody)
    assert.equal(await subjectOf(await leaf('spiffe://example.org/unknown'), token), reports)
  })

  it('is issued to the certificate that the gateway tells our own application of', async () => {
    const { x5t } = await seenBy('countersign.localhost', own, '')
    assert.equal(x5t, thumbprintOf(own))
    assert.equal((await seenBy('countersign.localhost', undefined, ''))['x5t'], undefined)
    assert.equal((await seenBy('open.localhost', own, ''))['x5t'], undefined)
  })
})

function thumbprintOf({ chain }: IssuedPair): string {
  return createHash('sha256').update(new X509Certificate(chain).raw).digest('base64url')
}
