// Old applications that know no single sign-on: the gateway signs people in, nobody else learns how,
// and whatever is uncertain is a refusal.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Application } from '@countersign/contract/documents'
import type { ProblemDetails } from '@countersign/contract/problems'
import type { UpstreamCredential } from '@countersign/contract/upstream-credential'
import { application, World } from '#world.fake'

const shared: UpstreamCredential = { kind: 'basic', per: 'application' }
const personal: UpstreamCredential = { kind: 'basic', per: 'person' }
const password = `pässword-${randomBytes(12).toString('hex')}`

describe('an application that a gateway signs in to', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-credentials-'))
  let world: World
  let ada: string
  let bob: string
  let now = Date.now()
  before(async () => {
    world = await World.begin({ dataDir })
    ada = (await world.signIn('ada', 'open.localhost')).cookie
    bob = (await world.signIn('bob', 'open.localhost')).cookie
  })
  afterEach(() => {
    world.plane.credentials = []
  })
  after(async () => {
    await world.end()
    rmSync(dataDir, { recursive: true })
  })

  /** Says what the application takes, and waits until the gateway knows as much as the control plane. */
  async function takes(
    upstreamCredential: UpstreamCredential,
    more: Partial<Application> = {},
  ): Promise<void> {
    const credentialsChangedAt = ++now
    await world.plane.put(
      application('open', world.upstream, { upstreamCredential, credentialsChangedAt, ...more }),
    )
    await world.settle()
    await fetched()
  }

  async function fetched(): Promise<void> {
    const { facts, upstreamCredentials } = world.running.gateway
    while (facts.current && upstreamCredentials.areBehind(facts.current)) {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async function ask(
    cookie: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly status: number; readonly code?: string }> {
    const response = await world.request('open.localhost', '/', { headers: { cookie, ...headers } })
    if (response.statusCode === 200) {
      await response.body.dump()
      return { status: 200 }
    }
    const { code } = (await response.body.json()) as ProblemDetails
    return { status: response.statusCode, code }
  }

  const refused = { status: 503, code: 'upstream.no_credential' }
  const seen = (name: string) => world.seen.at(-1)?.headers[name]
  const basic = (user: string, secret: string): string =>
    `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`

  it('receives the one account that everyone shares, in place of what the client says', async () => {
    world.plane.credentials = [
      { application: 'open', user: 'robot', secret: password, upstream: world.upstream },
    ]
    await takes(shared)
    assert.deepEqual(await ask(ada, { authorization: basic('root', 'root') }), { status: 200 })
    assert.equal(seen('authorization'), basic('robot', password))
  })

  it('receives the account of each person, and nobody gets in with that of another', async () => {
    world.plane.credentials = [
      {
        application: 'open',
        person: 'ada',
        user: 'a.lovelace',
        secret: password,
        upstream: world.upstream,
      },
    ]
    await takes(personal)
    assert.deepEqual(await ask(ada), { status: 200 })
    assert.equal(seen('authorization'), basic('a.lovelace', password))
    const count = world.seen.length
    assert.deepEqual(await ask(bob, { authorization: basic('root', 'root') }), refused)
    assert.deepEqual(await ask(''), refused)
    assert.equal(world.seen.length, count)
  })

  it('receives a token, or a header of its own that no client can send', async () => {
    world.plane.credentials = [
      { application: 'open', secret: 'token-123', upstream: world.upstream },
    ]
    await takes({ kind: 'bearer', per: 'application' })
    await ask(ada)
    assert.equal(seen('authorization'), 'Bearer token-123')
    await takes({ kind: 'header', header: 'x-api-key', per: 'application' })
    await ask(ada, { 'x-api-key': 'forged', x_api_key: 'forged', authorization: 'Basic forged' })
    assert.deepEqual(
      [seen('x-api-key'), seen('x_api_key'), seen('authorization')],
      ['token-123', undefined, undefined],
    )
  })

  it('is signed in to for nobody who has not signed in, also with a shared account', async () => {
    world.plane.credentials = [
      { application: 'open', user: 'robot', secret: password, upstream: world.upstream },
    ]
    await takes(shared)
    assert.deepEqual(await ask(''), refused)
  })

  it('receives nothing at another address than the one that the credential was set for', async () => {
    world.plane.credentials = [
      { application: 'open', user: 'robot', secret: password, upstream: 'http://127.0.0.1:9' },
    ]
    await takes(shared)
    assert.deepEqual(await ask(ada), refused)
  })

  it('is refused at once when its credential changed and the new one is not there yet', async () => {
    world.plane.credentials = [
      { application: 'open', user: 'robot', secret: password, upstream: world.upstream },
    ]
    await takes(shared)
    assert.deepEqual(await ask(ada), { status: 200 })
    world.plane.refusesCredentials = true
    await world.plane.put(
      application('open', world.upstream, {
        upstreamCredential: shared,
        credentialsChangedAt: ++now,
      }),
    )
    await world.settle()
    assert.deepEqual(await ask(ada), refused)
    world.plane.refusesCredentials = false
    await fetched()
    assert.deepEqual(await ask(ada), { status: 200 })
  })

  it('believes no credentials but those of its control plane, for itself, newest last', async () => {
    world.plane.credentials = [
      { application: 'open', user: 'robot', secret: 'first', upstream: world.upstream },
    ]
    await takes(shared)
    const { gateway } = world.running
    for (const lie of ['key', 'gateway', 'type'] as const) {
      world.plane.credentialsLie = lie
      await world.plane.put(
        application('open', world.upstream, {
          upstreamCredential: shared,
          credentialsChangedAt: ++now,
        }),
      )
      await world.settle()
      const asked = world.plane.credentialsAsked
      while (world.plane.credentialsAsked < asked + 2) {
        await new Promise((resolve) => setImmediate(resolve))
      }
      assert.deepEqual(await ask(ada), refused, lie)
      world.plane.credentialsLie = undefined
      await fetched()
      assert.deepEqual(await ask(ada), { status: 200 })
    }
    gateway.upstreamCredentials.replace({
      gateway: 'gw_test',
      at: 1,
      applications: [],
      credentials: [],
    })
    assert.deepEqual(await ask(ada), { status: 200 })
  })

  it('lies sealed at the gateway, in no file and no log in clear, and survives a restart alone', async () => {
    world.plane.credentials = [
      { application: 'open', user: 'robot', secret: password, upstream: world.upstream },
    ]
    await takes(shared)
    await ask(ada)
    await world.stopGateway()
    const files = globSync('**', { cwd: dataDir }).map((name) => join(dataDir, name))
    assert.ok(files.some((path) => path.endsWith('credentials.jwe')))
    const encoded = Buffer.from(`robot:${password}`).toString('base64')
    for (const path of files.filter((name) => statSync(name).isFile())) {
      const text = readFileSync(path, 'utf8')
      assert.ok(!text.includes(password) && !text.includes(encoded), path)
    }
    assert.ok(!world.logLines.join('').includes(password))
    assert.ok(!world.logLines.join('').includes(encoded))
    for (const name of ['credentials.jwe', 'key-x25519.pem']) {
      assert.equal(statSync(join(dataDir, 'gateway', name)).mode & 0o777, 0o600)
    }
    await world.plane.stop()
    await world.launchGateway()
    await fetched()
    assert.deepEqual(await ask(ada), { status: 200 })
    assert.equal(seen('authorization'), basic('robot', password))
    await world.plane.start()
  })
})
