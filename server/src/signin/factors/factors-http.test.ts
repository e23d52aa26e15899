import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import { factorsApi } from '@countersign/contract/api/factors'
import { signinFactorsApi } from '@countersign/contract/api/signin-factors'
import type { Authentication } from '@countersign/contract/documents'
import { newId } from '@countersign/contract/ids'
import { type Answer, type GatewayFake, ServerFake, type SessionFake } from '#server.fake'
import { Authenticator } from '#signin/authenticator.fake'
import { recoveryCodeAuthentication } from './recovery-codes.ts'

const origin = 'http://countersign.localhost:7400'

let server: ServerFake
let gateway: GatewayFake
before(async () => {
  server = await ServerFake.start()
  gateway = await server.enrol()
})
after(() => server.remove())
beforeEach(async () => {
  await server.import(person('ada'), person('eve'), person('sue', ['administrators']))
})

const person = (id: string, groups: string[] = []) => ({
  kind: 'person' as const,
  document: { id, name: id, class: 'employee' as const, active: true, groups },
})
const passkey = (): Authentication => ({
  method: 'passkey',
  phishingResistant: true,
  observedAt: server.now,
  provenance: 'attested',
})

/** A session of a person that began now. */
async function sessionOf(id: string, authentication: Authentication): Promise<SessionFake> {
  const session = {
    id: newId('session', { now: () => server.now, randomBytes }),
    person: id,
    startedAt: server.now,
    endsAt: server.now + 3_600_000,
    authentication,
  }
  await server.ledger.write('Workload::"test"', [
    { event: 'identity.session.started', kind: 'session', id: session.id, after: session },
  ])
  return session
}

const post = (path: string, body: object, session?: SessionFake, headers = {}) =>
  gateway.pass(path, session, { method: 'POST', body, headers: { origin, ...headers } })
const codeOf = ({ json }: Answer) => json['code']
const cookiesOf = ({ headers }: Answer) => [headers['set-cookie'] ?? []].flat()

describe('over HTTP', () => {
  test('a person enrols with a link, and gets a cookie that no script and no other host sees', async () => {
    const { url } = await server.client.call(factorsApi.enrol, { body: { person: 'ada' } })
    const link = new URL(url).hash.slice(1)
    const begun = await post(signinFactorsApi.enrolChallenge.path, { link })
    assert.equal(begun.status, 200)
    const { challenge, options } = begun.json as { challenge: string; options: object }
    const response = new Authenticator(origin).create(options as Readonly<Record<string, unknown>>)
    const done = await post(signinFactorsApi.enrol.path, { link, challenge, response, name: 'key' })
    assert.equal(done.status, 200)
    const [cookie = ''] = cookiesOf(done)
    assert.match(
      cookie,
      /^__Host-countersign=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax$/,
    )
    const again = await post(signinFactorsApi.enrolChallenge.path, { link })
    assert.equal(again.status, 410)
    assert.equal(codeOf(again), 'signin.link_spent')
  })

  test('links are issued by administrators who signed in strongly just now, and by nobody else', async () => {
    const body = { person: 'ada' }
    const ask = async (session: SessionFake | undefined) =>
      codeOf(await post(factorsApi.enrol.path, body, session))
    assert.equal(await ask(undefined), 'access.sign_in_required')
    assert.equal(await ask(await sessionOf('eve', passkey())), 'access.denied')
    const weak: Authentication = { ...passkey(), method: 'password', phishingResistant: false }
    assert.equal(await ask(await sessionOf('sue', weak)), 'access.step_up_required')
    const sue = await sessionOf('sue', passkey())
    const { status } = await post(factorsApi.enrol.path, { person: 'eve' }, sue)
    assert.equal(status, 200)
  })

  test('a recovery code of an administrator administers nothing', async () => {
    const session = await sessionOf('sue', recoveryCodeAuthentication(server.now))
    for (const path of [factorsApi.enrolments.path, factorsApi.recoveries.path]) {
      assert.equal(codeOf(await gateway.pass(path, session)), 'access.step_up_required')
    }
    const own = await gateway.pass(factorsApi.myFactors.path, session)
    assert.equal(own.status, 200)
    assert.equal(own.json['canChange'], false)
  })

  test('another site makes nobody sign in with a code of its own, nor renew theirs', async () => {
    const sue = await sessionOf('sue', passkey())
    const evil = { origin: 'https://evil.example' }
    const ways = [
      [signinFactorsApi.recoveryCode.path, { code: 'x' }, undefined],
      [signinFactorsApi.enrolChallenge.path, { link: 'x' }, undefined],
      [factorsApi.renewRecoveryCodes.path, {}, sue],
      [factorsApi.startMyRecovery.path, { lost: [] }, sue],
    ] as const
    for (const [path, body, session] of ways) {
      assert.equal(codeOf(await post(path, body, session, evil)), 'access.cross_site', path)
    }
  })

  test('codes and links are answered so that nothing on the way keeps them', async () => {
    const sue = await sessionOf('sue', passkey())
    const codes = await post(factorsApi.renewRecoveryCodes.path, {}, sue)
    const link = await post(factorsApi.enrol.path, { person: 'eve' }, sue)
    for (const answer of [codes, link]) {
      assert.equal(answer.status, 200)
      assert.equal(answer.headers['cache-control'], 'no-store')
    }
  })
})
