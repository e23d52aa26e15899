// Programs with a token that come through another proxy, which asks us.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assertionHeader } from '@countersign/contract/session'
import { decodeJwt } from 'jose'
import { beginExternal, externalPort, readAnswer, secret } from '#external/front.fake'
import { exchange } from '#external/proxies.fake'
import type { World } from '#world.fake'
import { federation, ProvingKey, tokenOf, workload } from './programs.fake.ts'

describe('a program behind another proxy', () => {
  let world: World
  before(async () => {
    world = await beginExternal()
    await world.plane.put(workload('reports', { federations: [federation] }))
    await world.settle()
  })
  after(() => world.end())

  const ask = async (target: string, lines: readonly string[]) =>
    readAnswer(
      await exchange(
        externalPort(world),
        [
          `GET ${target} HTTP/1.1`,
          `Countersign-Proxy-Secret: ${secret}`,
          ...lines,
          'Connection: close',
          '',
          '',
        ].join('\r\n'),
      ),
    )
  const traefik = (host: string, ...lines: readonly string[]) =>
    ask(`/check/traefik/${host}`, [
      'Host: 127.0.0.1',
      'X-Forwarded-Method: GET',
      'X-Forwarded-Proto: http',
      `X-Forwarded-Host: ${host}.localhost`,
      'X-Forwarded-Uri: /page?x=1',
      'X-Forwarded-For: 10.1.2.3',
      ...lines,
    ])
  const envoy = (...lines: readonly string[]) =>
    ask('/check/envoy/open/page?x=1', [
      'Host: open.localhost',
      'Countersign-Original-Address: 10.1.2.3',
      ...lines,
    ])
  type Answer = Awaited<ReturnType<typeof ask>>
  const subjectOf = ({ headers }: Answer) => decodeJwt(headers.get(assertionHeader) ?? '').sub
  const removedBy = ({ headers }: Answer) =>
    headers.get('x-envoy-auth-headers-to-remove')?.split(',') ?? []

  const own = 'Basic YWRhOmxvdmVsYWNl'

  it('is the workload of its token, which the proxy does not pass on', async () => {
    const token = await tokenOf(world, { aud: 'open' })
    const answer = await traefik('open', `Authorization: Bearer ${token}`)
    assert.equal(answer.status, 200)
    assert.equal(subjectOf(answer), 'Workload::"reports"')
    assert.equal(answer.headers.get('authorization'), undefined)
    const other = await envoy(`Authorization: Bearer ${token}`, 'DPoP: x')
    assert.equal(subjectOf(other), 'Workload::"reports"')
    assert.ok(removedBy(other).includes('authorization'))
    assert.ok(removedBy(other).includes('dpop'))
  })

  it('has what it says to the application passed on', async () => {
    const answer = await traefik('open', `Authorization: ${own}`)
    assert.equal(answer.headers.get('authorization'), own)
    assert.ok(!removedBy(await envoy(`Authorization: ${own}`)).includes('authorization'))
  })

  it('is told that its token does not count, and the application never sees it', async () => {
    const token = await tokenOf(world, { aud: 'open' })
    const refused = await traefik('wiki', `Authorization: Bearer ${token}`)
    assert.equal(refused.status, 401)
    assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer error="invalid_token"/)
    const stranger = await traefik('open', `Authorization: Bearer ${token}x`)
    assert.equal(subjectOf(stranger), 'Anonymous::"anonymous"')
    assert.equal(stranger.headers.get('authorization'), undefined)
  })

  it('proves that a token is its own for the address that it asked the proxy for', async () => {
    const key = await ProvingKey.make()
    const token = await tokenOf(world, { aud: 'open', cnf: { jkt: key.thumbprint } })
    const prove = async (url: string) =>
      subjectOf(
        await traefik(
          'open',
          `Authorization: DPoP ${token}`,
          `DPoP: ${await key.proof(url, token)}`,
        ),
      )
    assert.equal(await prove('http://open.localhost/page'), 'Workload::"reports"')
    assert.equal(await prove('http://wiki.localhost/page'), 'Anonymous::"anonymous"')
  })

  it('cannot show the certificate that a token is bound to', async () => {
    const token = await tokenOf(world, { aud: 'open', cnf: { 'x5t#S256': 'A'.repeat(43) } })
    const answer = await traefik('open', `Authorization: Bearer ${token}`)
    assert.equal(subjectOf(answer), 'Anonymous::"anonymous"')
  })
})
