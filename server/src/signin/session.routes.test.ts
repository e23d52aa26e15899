import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import { sessionsApi, sightingsApi } from '@countersign/contract/api/sessions'
import { signinApi } from '@countersign/contract/api/signin'
import { signinDeviceApi } from '@countersign/contract/api/signin-device'
import { session as sessionSchema } from '@countersign/contract/documents'
import { tokenHash } from '@countersign/contract/session'
import type { Seen } from '@countersign/contract/sighting'
import { readEntries } from '#journal/journal.store'
import type { Browser } from './browser.fake.ts'
import { House, refused } from './house.fake.ts'
import { endIdleSessions } from './idle.job.ts'
import { sessionMaxAgeMs } from './session.ts'
import { sweepSignin } from './signin.job.ts'

let house: House
before(async () => {
  house = await House.open()
})
after(() => house.close())
beforeEach(() => house.clear())

const gateway = { kind: 'gateway', id: 'gw_test' } as const
const laptop: Seen = { network: '192.0.2.0/24', browser: 'firefox', platform: 'windows' }
const elsewhere: Seen = { network: '198.51.100.0/24', browser: 'chrome', platform: 'android' }
const hourMs = 3_600_000

const tell = async (session: string, seen: Seen, more: object = {}) =>
  house.call(sightingsApi.sightings, gateway, {
    body: { sightings: [{ session, lastUsedAt: house.now, ...seen, ...more }] },
  })

/** A second browser of the same person. */
const another = async (browser: Browser): Promise<Browser> => {
  const second = house.browser()
  Object.assign(second, { authenticator: browser.authenticator })
  await second.signIn()
  return second
}

/** A program that is signed in from this browser; gives its token. */
const program = async (browser: Browser): Promise<string> => {
  const begun = await browser.call(signinDeviceApi.deviceBegin, {
    body: { program: 'countersign', machine: 'desk' },
  })
  const { userCode, deviceCode } = begun.body
  await browser.call(signinDeviceApi.deviceApprove, { body: { userCode } })
  const { body } = await browser.call(signinDeviceApi.deviceToken, { body: { deviceCode } })
  assert.equal(body.kind, 'granted')
  return body.kind === 'granted' ? body.token : ''
}

const endings = async () =>
  (await readEntries(house.store.db, 0, 10_000)).filter(
    ({ event, kind }) => event === 'identity.session.ended' && kind === 'session',
  )

const whyEnded = async () => sessionSchema.parse((await endings()).at(-1)?.before).ending

const carry = async (browser: Browser, host = 'wiki.localhost') => {
  const flow = randomBytes(32).toString('base64url')
  const url = await browser.goOn(`http://${host}:7400/`, flow)
  const code = url.searchParams.get('code') ?? ''
  await browser.redeem(code, host, flow)
  return { code, flow }
}

describe('my sessions', () => {
  test('are shown with where and since when, and the current one says so', async () => {
    const ada = await house.resident('ada')
    house.pass(60_000)
    const second = await another(ada)
    await tell(second.session().id, laptop)
    const { body } = await second.call(sessionsApi.mySessions, {})
    assert.deepEqual(
      body.sessions.map(({ id, isCurrent, kind, seen, proof }) => ({
        id,
        isCurrent,
        kind,
        seen,
        method: proof.method,
      })),
      [
        {
          id: second.session().id,
          isCurrent: true,
          kind: 'browser',
          seen: laptop,
          method: 'passkey',
        },
        {
          id: ada.session().id,
          isCurrent: false,
          kind: 'browser',
          seen: undefined,
          method: 'passkey',
        },
      ],
    )
    assert.equal(body.sessions[0]?.idleEndsAt, house.now + hourMs)
  })

  test('end one by one, everywhere and at once, and that is on record with why', async () => {
    await house.addApplication('wiki')
    const ada = await house.resident('ada')
    await carry(ada)
    const second = await another(ada)
    const { id } = ada.session()
    await second.call(sessionsApi.endMySession, { params: { session: id }, body: {} })
    assert.equal(ada.subject().kind, 'anonymous')
    assert.equal(ada.subject('wiki.localhost').kind, 'anonymous')
    assert.equal(second.subject().kind, 'person')
    assert.equal((await endings()).at(-1)?.id, id)
    assert.deepEqual(await whyEnded(), { why: 'self' })
  })

  test('are mine: the session of somebody else is as if it were not there', async () => {
    const ada = await house.resident('ada')
    const bob = await house.resident('bob')
    const { id } = ada.session()
    const end = bob.call(sessionsApi.endMySession, { params: { session: id }, body: {} })
    await refused(end, 'identity.session_not_found')
    assert.equal(ada.subject().kind, 'person')
  })

  test('end all but this one, with the programs that were signed in from them', async () => {
    const ada = await house.resident('ada')
    const token = await program(ada)
    const second = await another(ada)
    const own = await program(second)
    const { body } = await second.call(sessionsApi.endMyOtherSessions, { body: {} })
    assert.equal(body.ended, 2)
    const tunnel = (it: string) =>
      house.ledger.estate.subjectOf(tokenHash(it), 'countersign.localhost', house.now, 'tunnel')
        .kind
    assert.equal(tunnel(token), 'anonymous')
    assert.equal(tunnel(own), 'person')
    assert.equal(second.subject().kind, 'person')
  })
})

describe('an administrator', () => {
  test('sees who is signed in where, and ends it with a reason', async () => {
    const ada = await house.resident('ada')
    const bob = await house.resident('bob')
    const { body } = await bob.call(sessionsApi.sessions, { query: { search: 'ada' } })
    assert.deepEqual(
      body.items.map(({ person }) => person),
      ['ada'],
    )
    await bob.call(sessionsApi.endSession, {
      params: { session: ada.session().id },
      body: { reason: 'the laptop was stolen' },
    })
    assert.equal(ada.subject().kind, 'anonymous')
    assert.deepEqual(await whyEnded(), { why: 'administrator', reason: 'the laptop was stolen' })
  })

  test('ends every session of a person', async () => {
    const ada = await house.resident('ada')
    await another(ada)
    const bob = await house.resident('bob')
    const { body } = await bob.call(sessionsApi.endSessionsOf, {
      params: { person: 'ada' },
      body: { reason: 'left today' },
    })
    assert.equal(body.ended, 2)
    assert.equal(ada.subject().kind, 'anonymous')
  })
})

describe('a session that nobody uses', () => {
  test('ends after an hour, before its absolute end', async () => {
    const ada = await house.resident('ada')
    house.pass(hourMs - 1)
    assert.equal(await endIdleSessions(house.dependencies), 0)
    house.pass(1)
    assert.equal(await endIdleSessions(house.dependencies), 1)
    assert.equal(ada.subject().kind, 'anonymous')
    assert.deepEqual(await whyEnded(), { why: 'idle' })
  })

  test('goes on where a gateway saw it used', async () => {
    const ada = await house.resident('ada')
    house.pass(hourMs - 1)
    await tell(ada.session().id, laptop)
    house.pass(hourMs - 1)
    assert.equal(await endIdleSessions(house.dependencies), 0)
    assert.equal(ada.subject().kind, 'person')
  })

  test('is not kept in use by a gateway whose clock runs ahead', async () => {
    const ada = await house.resident('ada')
    await tell(ada.session().id, laptop, { lastUsedAt: house.now + 10 * hourMs })
    house.pass(hourMs)
    assert.equal(await endIdleSessions(house.dependencies), 1)
  })

  test('stays where it is that of an account of the last resort', async () => {
    const ada = await house.resident('ada')
    const person = house.ledger.estate.get('person', 'ada')
    const breakGlass = { since: house.now }
    await house.put({
      event: 'identity.person.put',
      kind: 'person',
      id: 'ada',
      after: { ...person, breakGlass },
    })
    house.pass(2 * hourMs)
    assert.equal(await endIdleSessions(house.dependencies), 0)
    assert.equal(ada.subject().kind, 'person')
  })
})

describe('a session on two devices at once', () => {
  test('opens nothing on either of them, and a sign-in goes on with a new one', async () => {
    await house.addApplication('wiki')
    const ada = await house.resident('ada')
    await carry(ada)
    const { id } = ada.session()
    const token = await program(ada)
    await tell(id, laptop, { contested: { why: 'platform', other: elsewhere } })
    assert.equal(ada.subject().kind, 'anonymous')
    assert.equal(ada.subject('wiki.localhost').kind, 'anonymous')
    const hash = tokenHash(token)
    const { estate } = house.ledger
    assert.equal(
      estate.subjectOf(hash, 'countersign.localhost', house.now, 'tunnel').kind,
      'anonymous',
    )
    const old = ada.cookie('wiki.localhost') ?? ''
    await ada.signIn()
    assert.notEqual(ada.session().id, id)
    assert.equal(estate.get('session', id), undefined)
    assert.equal(estate.get('token', tokenHash(old)), undefined)
    const contested = (await endings()).filter(
      ({ before }) => sessionSchema.parse(before).ending?.why === 'contested',
    )
    assert.equal(contested.length, 2)
  })

  test('is noticed where each was seen by another gateway', async () => {
    const ada = await house.resident('ada')
    await tell(ada.session().id, laptop)
    assert.equal(ada.subject().kind, 'person')
    await tell(ada.session().id, elsewhere)
    assert.equal(ada.subject().kind, 'anonymous')
    const entries = await readEntries(house.store.db, house.ledger.sequence - 1, 10)
    assert.equal(entries.at(-1)?.event, 'identity.session.contested')
    assert.equal(entries.at(-1)?.actor, 'Gateway::"gw_test"')
  })

  test('is not one that changes its network', async () => {
    const ada = await house.resident('ada')
    await tell(ada.session().id, laptop)
    await tell(ada.session().id, { ...laptop, network: '2001:db8:7::/48' })
    assert.equal(ada.subject().kind, 'person')
  })

  test('cannot carry itself to another host any more', async () => {
    await house.addApplication('wiki')
    const ada = await house.resident('ada')
    const flow = randomBytes(32).toString('base64url')
    const url = await ada.goOn('http://wiki.localhost:7400/', flow)
    await tell(ada.session().id, laptop, { contested: { why: 'platform', other: elsewhere } })
    const code = url.searchParams.get('code') ?? ''
    await refused(ada.redeem(code, 'wiki.localhost', flow), 'signin.expired')
  })
})

describe('classic attacks', () => {
  test('session fixation: a cookie that was there before the sign-in is worth nothing after it', async () => {
    const ada = await house.resident('ada')
    const planted = ada.cookie() ?? ''
    await ada.signIn()
    assert.notEqual(ada.cookie(), planted)
    assert.equal(house.ledger.estate.get('token', tokenHash(planted)), undefined)
    // Also where the cookie is that of a stranger who planted their own session.
    const eve = await house.resident('eve')
    const stolen = house.browser()
    Object.assign(stolen, { authenticator: ada.authenticator })
    stolen.jar.set('countersign.localhost', eve.cookie() ?? '')
    await stolen.signIn()
    assert.equal(stolen.session().person, 'ada')
    assert.equal(eve.subject().kind, 'anonymous')
  })

  test('replay of a handoff code: the second redemption gets nothing', async () => {
    await house.addApplication('wiki')
    const ada = await house.resident('ada')
    const { code, flow } = await carry(ada)
    await refused(house.browser().redeem(code, 'wiki.localhost', flow), 'signin.expired')
  })

  test('clock skew: a clock that is set back revives no session', async () => {
    const ada = await house.resident('ada')
    house.pass(sessionMaxAgeMs)
    assert.equal(ada.subject().kind, 'anonymous')
    house.pass(-2 * hourMs)
    assert.equal(ada.subject().kind, 'anonymous')
  })

  test('logout ends everything at once: cookies at every host, and programs', async () => {
    await house.addApplication('wiki')
    const ada = await house.resident('ada')
    await carry(ada)
    await program(ada)
    await ada.call(signinApi.signOut, { body: {} })
    assert.equal(house.ledger.estate.count('session'), 0)
    assert.equal(house.ledger.estate.count('token'), 0)
    const ended = (await endings()).slice(-2)
    assert.equal(ended.length, 2)
  })

  test('what is over leaves the same event, however it ended', async () => {
    await house.resident('ada')
    house.pass(sessionMaxAgeMs)
    await sweepSignin(house.dependencies)
    assert.equal((await endings()).at(-1)?.actor, 'Workload::"server"')
  })
})
