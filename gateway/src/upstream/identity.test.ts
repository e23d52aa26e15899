// What applications hear of who is there, and what nobody else can make them hear.
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it, test } from 'node:test'
import type { Application } from '@countersign/contract/documents'
import {
  isIdentityHeader,
  upstreamIdentity,
  type UpstreamIdentity,
  usualIdentityHeaders,
} from '@countersign/contract/upstream-identity'
import fc from 'fast-check'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { isRemovedFromRequests } from '#wire/headers'
import { application, person, World } from '#world.fake'
import { headerText, identityHeaders } from './identity-headers.ts'

const jane = 'jane@example.org'

describe('an application that asks for more than the usual assertion', () => {
  let world: World
  let cookie: string
  before(async () => {
    world = await World.begin()
    const { document } = person('ada', 'Ada Lovelace', ['engineers'])
    await world.plane.put(
      { kind: 'group', document: { id: 'engineers', name: 'Engineers', groups: ['staff'] } },
      { kind: 'group', document: { id: 'pirates', name: 'Pirates', groups: [] } },
      { kind: 'person', document: { ...document, email: jane } } as ReturnType<typeof person>,
    )
    cookie = (await world.signIn('ada', 'open.localhost')).cookie
  })
  after(() => world.end())

  async function asks(
    identity: UpstreamIdentity,
    more: Partial<Application> = {},
    id = 'open',
  ): Promise<void> {
    await world.plane.put(application(id, world.upstream, { upstreamIdentity: identity, ...more }))
    await world.settle()
  }

  async function received(
    path = '/',
    headers: Readonly<Record<string, string>> = { cookie },
    host = 'open.localhost',
  ): Promise<Readonly<Record<string, string | string[] | undefined>>> {
    const response = await world.request(host, path, { headers })
    assert.equal(response.statusCode, 200)
    await response.body.dump()
    return world.seen.at(-1)?.headers ?? {}
  }

  async function claims(path = '/', headers?: Record<string, string>) {
    return decodeJwt(String((await received(path, headers))['countersign-assertion']))
  }

  it('gets it signed with ES256, with a key among those published and kept from others', async () => {
    const keys = createLocalJWKSet(
      (await (
        await world.request('open.localhost', '/.countersign/jwks.json')
      ).body.json()) as Parameters<typeof createLocalJWKSet>[0],
    )
    for (const algorithm of ['ES256', 'EdDSA'] as const) {
      await asks({ algorithm })
      const assertion = String((await received())['countersign-assertion'])
      assert.equal(decodeProtectedHeader(assertion).alg, algorithm)
      const { payload } = await jwtVerify(assertion, keys, { audience: 'open' })
      assert.equal(payload.sub, 'Person::"ada"')
    }
    for (const name of ['key.pem', 'key-p256.pem']) {
      assert.equal(statSync(join(world.dataDir, 'gateway', name)).mode & 0o777, 0o600)
    }
  })

  it('gets one for this request alone, made afresh for each', async () => {
    await asks({ boundToRequest: true })
    const first = await claims('/%61?x=1')
    const second = await claims('/%61?x=1')
    assert.deepEqual([first['htm'], first['path']], ['GET', '/a'])
    assert.notEqual(first['dec'], second['dec'])
    await asks({})
    const usual = await claims('/a')
    assert.deepEqual([usual['htm'], usual['path'], usual['dec']], [undefined, undefined, undefined])
  })

  it('hears of a person only what it asked for, and of a change at the next request', async () => {
    await asks({ claims: ['email', 'groups'], groups: ['staff', 'pirates'] })
    const { email, groups, name } = await claims()
    assert.deepEqual([email, groups, name], [jane, ['staff'], undefined])
    await world.plane.put(person('ada', 'Ada Lovelace', []))
    await world.settle()
    const later = await claims()
    assert.deepEqual([later['email'], later['groups']], [undefined, []])
    const nobody = await claims('/', {})
    assert.deepEqual([nobody.sub, nobody['groups']], ['Anonymous::"anonymous"', undefined])
  })

  it('is not told by plain headers who nobody is, whatever the client says (class 8)', async () => {
    const names = { user: 'x-forwarded-user', email: 'x-acme-mail', groups: 'remote-groups' }
    await asks({ headers: names, groups: ['staff'] })
    const forged = Object.fromEntries(Object.values(names).map((name) => [name, 'root']))
    const seen = await received('/', forged)
    for (const name of Object.values(names)) assert.equal(seen[name], undefined, name)
    const seenOfAda = await received('/', { ...forged, cookie })
    assert.deepEqual(
      [seenOfAda['x-forwarded-user'], seenOfAda['x-acme-mail'], seenOfAda['remote-groups']],
      ['ada', undefined, ''],
    )
  })

  it('shares its names with no client, not even at another application (class 8)', async () => {
    await asks({ headers: { user: 'x-acme-user' } })
    await world.plane.put(application('api', world.upstream, { kind: 'api' }))
    await world.settle()
    const more = { 'x-acme-user': 'root', 'x-acme-other': 'kept' }
    const seen = await received('/', more, 'open.localhost')
    assert.deepEqual([seen['x-acme-user'], seen['x-acme-other']], [undefined, 'kept'])
    await asks({}, { hosts: ['other.localhost'] }, 'vault')
    await asks({ headers: { user: 'x-acme-user' } }, {}, 'payroll')
    await asks({})
    const elsewhere = await received('/', more)
    assert.deepEqual([elsewhere['x-acme-user'], elsewhere['x-acme-other']], [undefined, 'kept'])
    await asks({}, {}, 'payroll')
    assert.equal((await received('/', more))['x-acme-user'], 'root')
  })

  it('is not misled by another spelling of its header (class 9)', async () => {
    await asks({ headers: { user: 'x-acme-user' } })
    for (const alias of ['x_acme_user', 'X-Acme_User', 'x.acme.user']) {
      const seen = await received('/', { [alias]: 'root', cookie })
      assert.equal(seen['x-acme-user'], 'ada')
      assert.equal(seen[alias.toLowerCase()], undefined, alias)
    }
    const usual = await world.request('open.localhost', '/', { headers: { x_forwarded_user: 'r' } })
    assert.equal(usual.statusCode, 400)
    await usual.body.dump()
  })

  it('gets its header although the client declares it to be for this hop (class 10)', async () => {
    await asks({ headers: { user: 'x-acme-user', name: 'remote-name' } })
    const answer = await world.exchange(
      `GET /hop HTTP/1.1\r\nHost: open.localhost\r\nCookie: ${cookie}\r\nConnection: close, X-Acme-User, remote-name\r\n\r\n`,
    )
    assert.match(answer, /^HTTP\/1\.1 200 /)
    const seen = world.seen.at(-1)
    assert.equal(seen?.url, '/hop')
    assert.deepEqual(
      [seen?.headers['x-acme-user'], seen?.headers['remote-name']],
      ['ada', 'Ada%20Lovelace'],
    )
  })

  it('is served below its own beginning alone, and told which was taken off', async () => {
    await asks({ boundToRequest: true }, { upstreamPath: { strip: '/app', add: '/v1' } })
    const seen = await received('/app/%61?q', { cookie, 'x-forwarded-prefix': '/evil' })
    assert.equal(world.seen.at(-1)?.url, '/v1/%61?q')
    assert.equal(seen['x-forwarded-prefix'], '/app')
    assert.equal(decodeJwt(String(seen['countersign-assertion']))['path'], '/v1/a')
    const count = world.seen.length
    const outside = await world.request('open.localhost', '/application')
    assert.equal(outside.statusCode, 404)
    await outside.body.dump()
    assert.equal(world.seen.length, count)
  })
})

describe('a name for a header of identity', () => {
  it('is a usual one, and those no client can send to anyone', () => {
    for (const name of Object.values(usualIdentityHeaders).flat()) {
      assert.ok(isIdentityHeader(name) && isRemovedFromRequests(name), name)
    }
  })

  it('is none with which something else is said', () => {
    const names =
      'host cookie authorization content-length connection user proxy x-forwarded-for ' +
      'x-forwarded-host x-forwarded-proto x-real-ip countersign-assertion x-countersign-user ' +
      'x-original-url x-http-method-override X-User x_user x- x-a--b'
    for (const name of [...names.split(' '), 'x-user\r\ny', 'x-a b', '']) {
      assert.equal(isIdentityHeader(name), false, name)
    }
    assert.ok(isIdentityHeader('x-acme-user'))
  })

  it('is used once, and groups are named where they are told', () => {
    for (const bad of [
      { headers: { user: 'x-u', email: 'x-u' } },
      { headers: { groups: 'x-groups' } },
      { claims: ['groups'] },
      { groups: [] },
      { headers: { user: `x-${'a'.repeat(64)}` } },
    ]) {
      assert.equal(upstreamIdentity.safeParse(bad).success, false, JSON.stringify(bad))
    }
  })
})

describe('a value of a plain header', () => {
  const rows = [
    ['ada', 'ada'],
    [jane, jane],
    ['Zoë Ó', 'Zo%C3%AB%20%C3%93'],
    ['a\r\nX-Role: admin', 'a%0D%0AX-Role:%20admin'],
    ['100%', '100%25'],
    ['\0', '%00'],
  ] as const
  for (const [text, value] of rows) {
    it(`of ${JSON.stringify(text)} is \`${value}\``, () => assert.equal(headerText(text), value))
  }

  it('keeps a comma within a group apart from the one between groups', () => {
    const said = identityHeaders(
      { id: 'ada', name: 'Ada', groups: ['a,b', 'c'] },
      { groups: 'x-groups' },
    )
    assert.deepEqual(said, ['x-groups', 'a%2Cb,c'])
  })
})

test('whatever a name is, its header is printable ASCII and means the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const value = headerText(text)
      assert.match(value, /^[\x21-\x7e]*$/)
      assert.equal(decodeURIComponent(value), text)
    }),
  )
})
