// Programs that show a certificate: whom it makes them, and that anything wrong with it makes them
// nobody.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import type { AnyDocument, Workload } from '@countersign/contract/documents'
import { assertionHeader } from '@countersign/contract/session'
import { decodeJwt } from 'jose'
import { World } from '#world.fake'
import { dialHttp2, dialTls, exchangeTls, FakeAuthority, get, writePair } from './authority.fake.ts'
import type { IssuedPair } from './issue.ts'
import { isValidAt } from './peer.ts'

const billing = 'spiffe://example.org/billing'
const retired = 'spiffe://example.org/retired'
const claimedTwice = 'spiffe://example.org/claimed-twice'

describe('a caller with a client certificate', () => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-callers-'))
  let site: FakeAuthority
  let callers: FakeAuthority
  let strangers: FakeAuthority
  let world: World
  before(async () => {
    site = await FakeAuthority.begin('site')
    callers = await FakeAuthority.begin('callers')
    strangers = await FakeAuthority.begin('strangers')
    const bundle = join(directory, 'callers.pem')
    writeFileSync(bundle, callers.certificate)
    const hosts = ['open.localhost', 'wiki.localhost']
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
      workload('billing', { spiffeId: billing }),
      workload('retired', { spiffeId: retired, active: false }),
      workload('first', { spiffeId: claimedTwice }),
      workload('second', { spiffeId: claimedTwice }),
    )
    await world.settle()
  })
  afterEach(() => world.handle((_, response) => response.end('hello')))
  after(async () => {
    await world.end()
    rmSync(directory, { recursive: true })
  })

  const client = (
    uris: readonly string[],
    more: Parameters<FakeAuthority['leaf']>[1] = {},
  ): Promise<IssuedPair> => callers.leaf({ uris }, { usage: 'client', ...more })
  const shown = (pair: IssuedPair | undefined) => ({
    ca: site.certificate,
    ...(pair ? { cert: pair.chain, key: pair.key } : {}),
  })
  const subjectOf = async (pair: IssuedPair | undefined, headers = ''): Promise<unknown> => {
    const request = get('open.localhost', '/', headers)
    const answer = await exchangeTls(world.port, 'open.localhost', request, shown(pair))
    assert.match(answer, /^HTTP\/1\.1 200 /)
    return decodeJwt(String(world.seen.at(-1)?.headers[assertionHeader])).sub
  }

  it('is the workload that its SPIFFE ID names', async () => {
    assert.equal(await subjectOf(await client([billing])), 'Workload::"billing"')
  })

  it('is the same workload over HTTP/2 and over TLS 1.2', async () => {
    const pair = await client([billing])
    const session = dialHttp2(world.port, 'open.localhost', shown(pair))
    const stream = session.request({ ':path': '/' }).resume()
    await once(stream, 'close')
    session.destroy()
    assert.equal(
      decodeJwt(String(world.seen.at(-1)?.headers[assertionHeader])).sub,
      'Workload::"billing"',
    )
    await exchangeTls(world.port, 'open.localhost', get('open.localhost'), {
      ...shown(pair),
      maxVersion: 'TLSv1.2',
    })
    assert.equal(
      decodeJwt(String(world.seen.at(-1)?.headers[assertionHeader])).sub,
      'Workload::"billing"',
    )
  })

  const nobody: Readonly<Record<string, () => Promise<IssuedPair | undefined>>> = {
    'shows none': async () => undefined,
    'shows one of another authority': () =>
      strangers.leaf({ uris: [billing] }, { usage: 'client' }),
    'shows an expired one': () =>
      client([billing], { now: Date.now() - 60 * 86_400_000, days: 30 }),
    'shows one of the future': () => client([billing], { now: Date.now() + 86_400_000 }),
    'shows one for servers': () => client([billing], { usage: 'server' }),
    'shows one with two URIs': () => client([billing, 'spiffe://example.org/other']),
    'shows one with no URI': () => callers.leaf({ hosts: ['billing'] }, { usage: 'client' }),
    'shows one with another URI': () => client(['https://example.org/billing']),
    'shows one of no workload': () => client(['spiffe://example.org/unknown']),
    'shows one whose trust domain is spelt otherwise': () =>
      client(['spiffe://EXAMPLE.org/billing']),
    'shows one with a path that goes up': () => client(['spiffe://example.org/a/../billing']),
    'shows one of a workload that is not active': () => client([retired]),
    'shows one that two workloads claim': () => client([claimedTwice]),
    'shows that of the authority itself': async () => callers.pair,
  }
  for (const [what, make] of Object.entries(nobody)) {
    it(`is nobody in particular where it ${what}`, async () => {
      assert.equal(await subjectOf(await make()), 'Anonymous::"anonymous"')
    })
  }

  it('gains nothing from the session of a person beside its certificate', async () => {
    const { cookie } = await world.signIn('ada', 'open.localhost')
    const headers = `Cookie: ${cookie}\r\n`
    assert.equal(await subjectOf(await client([billing]), headers), 'Workload::"billing"')
    assert.equal(await subjectOf(await client([retired]), headers), 'Anonymous::"anonymous"')
    assert.equal(await subjectOf(undefined, headers), 'Person::"ada"')
  })

  it('has its certificate asked for again at another name, whatever session it brings', async () => {
    const first = await dialTls(world.port, 'open.localhost', shown(await client([billing])))
    let session: Buffer | undefined = first.getSession()
    first.on('session', (later: Buffer) => (session = later))
    first.write(get('open.localhost'))
    first.resume()
    await once(first, 'close')
    await exchangeTls(world.port, 'open.localhost', get('open.localhost'), {
      ca: site.certificate,
      ...(session ? { session } : {}),
    })
    assert.equal(
      decodeJwt(String(world.seen.at(-1)?.headers[assertionHeader])).sub,
      'Anonymous::"anonymous"',
    )
  })

  it('counts for as long as it is valid, also where a connection outlives it', () => {
    const certificate = { thumbprint: '', spiffeId: billing, notBefore: 1_000, notAfter: 2_000 }
    assert.deepEqual(
      [999, 1_000, 1_999, 2_000].map((now) => isValidAt(certificate, now)),
      [false, true, true, false],
    )
  })

  it('loses its SPIFFE ID with its workload, and another may have it then', async () => {
    const pair = await client(['spiffe://example.org/moving'])
    await world.plane.put(workload('old', { spiffeId: 'spiffe://example.org/moving' }))
    await world.settle()
    assert.equal(await subjectOf(pair), 'Workload::"old"')
    await world.plane.put(workload('old', {}))
    await world.plane.put(workload('new', { spiffeId: 'spiffe://example.org/moving' }))
    await world.settle()
    assert.equal(await subjectOf(pair), 'Workload::"new"')
    await world.plane.remove('workload', 'new')
    await world.settle()
    assert.equal(await subjectOf(pair), 'Anonymous::"anonymous"')
  })
})

function workload(id: string, more: Partial<Workload>): AnyDocument {
  return {
    kind: 'workload',
    document: { id, name: id, class: 'service', active: true, groups: [], ...more },
  }
}
