// Programs are signed in by people who saw what they approve, once, and not for long.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import fc from 'fast-check'
import {
  normalUserCode,
  shownUserCode,
  signinDeviceApi,
  userCodeAlphabet,
} from '@countersign/contract/api/signin-device'
import { signinApi } from '@countersign/contract/api/signin'
import { tokenHash } from '@countersign/contract/session'
import { sql } from 'kysely'
import type { Browser } from './browser.fake.ts'
import { codeGuessLimits, deviceGrantMaxAgeMs, newDeviceGrant } from './device-grant.ts'
import { House, refused } from './house.fake.ts'
import { sweepSignin } from './signin.job.ts'

const consoleHost = 'countersign.localhost'
const intervalMs = 5_000

let house: House
before(async () => {
  house = await House.open()
})
after(() => house.close())
beforeEach(() => house.clear())

const begin = async (program: Browser = house.browser()) => {
  const { body } = await program.call(signinDeviceApi.deviceBegin, {
    body: { program: 'countersign connect', machine: 'ada-laptop' },
  })
  const ask = async () => {
    house.pass(intervalMs)
    return (
      await program.call(signinDeviceApi.deviceToken, { body: { deviceCode: body.deviceCode } })
    ).body
  }
  return { ...body, ask, program }
}
const approve = (browser: Browser, userCode: string) =>
  browser.call(signinDeviceApi.deviceApprove, { body: { userCode } })
const deny = (browser: Browser, userCode: string) =>
  browser.call(signinDeviceApi.deviceDeny, { body: { userCode } })
const look = async (browser: Browser, userCode: string) =>
  (await browser.call(signinDeviceApi.deviceRequest, { body: { userCode } })).body

const granted = async (ask: () => Promise<unknown>) => {
  const answer = (await ask()) as { readonly kind: string; readonly token: string }
  assert.equal(answer.kind, 'granted')
  return answer.token
}
const subjectOf = (token: string, use: 'browser' | 'tunnel' = 'tunnel', host = consoleHost) =>
  house.ledger.estate.subjectOf(tokenHash(token), host, house.now, use)

/** Everything that is kept of programs that wait, as text. */
const rows = async () => {
  const { rows: found } = await sql<{ readonly text: string }>`
    select json_agg(signin_device_grants)::text as text from signin_device_grants
  `.execute(house.store.db)
  return String(found[0]?.text)
}

describe('a program', () => {
  test('waits, is approved, and gets a session of its own as that person', async () => {
    const ada = await house.resident('ada')
    const { userCode, ask } = await begin()
    assert.deepEqual(await ask(), { kind: 'pending', intervalSeconds: 5 })
    await approve(ada, userCode)
    const answer = await ask()
    assert.equal(answer.kind, 'granted')
    const subject = subjectOf(answer.kind === 'granted' ? answer.token : '')
    assert.equal(subject.kind === 'person' && subject.session.person, 'ada')
    assert.notEqual(subject.kind === 'person' && subject.session.id, ada.session().id)
  })

  test('gets a token for tunnels alone: it is no cookie, and good at no other host', async () => {
    const ada = await house.resident('ada')
    const { userCode, ask } = await begin()
    await approve(ada, userCode)
    const token = await granted(ask)
    assert.equal(subjectOf(token, 'browser').kind, 'anonymous')
    assert.equal(subjectOf(token, 'tunnel', 'wiki.localhost').kind, 'anonymous')
    assert.equal(subjectOf(ada.cookie() ?? '', 'tunnel').kind, 'anonymous')
  })

  test('carries the proof of who approved it, knows no device, and ends with their session', async () => {
    const ada = await house.resident('ada')
    house.pass(3_600_000)
    const { userCode, ask } = await begin()
    await approve(ada, userCode)
    const subject = subjectOf(await granted(ask))
    assert.ok(subject.kind === 'person')
    assert.deepEqual(subject.session.authentication, ada.session().authentication)
    assert.equal(subject.session.device, undefined)
    assert.equal(subject.session.endsAt, ada.session().endsAt)
  })

  test('sits at its person’s own device in the demo, where nothing proves one', async () => {
    const ada = await house.resident('ada')
    const after = { id: 'laptop-1', name: 'l', owner: 'ada', ownership: 'corporate', facts: {} }
    await house.put({
      event: 'devices.device.put',
      kind: 'device',
      id: 'laptop-1',
      after: { ...after, platform: 'linux' },
    })
    house.restart({ demo: true })
    const { userCode, ask } = await begin()
    await approve(ada, userCode)
    const subject = subjectOf(await granted(ask))
    assert.equal(subject.kind === 'person' && subject.session.device, 'laptop-1')
  })

  test('gets its token once', async () => {
    const ada = await house.resident('ada')
    const { userCode, ask } = await begin()
    await approve(ada, userCode)
    await granted(ask)
    await refused(ask(), 'signin.expired')
  })

  test('gets one token, however many ask at the same moment', async () => {
    const ada = await house.resident('ada')
    const { userCode, ask } = await begin()
    await approve(ada, userCode)
    const answers = await Promise.allSettled([ask(), ask(), ask()])
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  test('that was denied is told so, and stays denied', async () => {
    const ada = await house.resident('ada')
    const { userCode, ask } = await begin()
    await deny(ada, userCode)
    await refused(ask(), 'signin.device_denied')
    await refused(approve(ada, userCode), 'signin.code_unknown')
    await refused(ask(), 'signin.device_denied')
  })

  test('that asks too often is slowed down, for good', async () => {
    const { deviceCode, program } = await begin()
    const ask = async (afterMs: number) => {
      house.pass(afterMs)
      return (await program.call(signinDeviceApi.deviceToken, { body: { deviceCode } })).body
    }
    assert.deepEqual(await ask(4_000), { kind: 'slow-down', intervalSeconds: 10 })
    assert.deepEqual(await ask(9_000), { kind: 'slow-down', intervalSeconds: 15 })
    assert.deepEqual(await ask(15_000), { kind: 'pending', intervalSeconds: 15 })
  })

  test('that waits too long is forgotten', async () => {
    const ada = await house.resident('ada')
    const { userCode, ask } = await begin()
    house.pass(deviceGrantMaxAgeMs)
    await refused(approve(ada, userCode), 'signin.code_unknown')
    await refused(ask(), 'signin.expired')
    assert.ok((await sweepSignin(house.dependencies)) >= 1)
    assert.equal(await rows(), 'null')
  })

  test('that was approved gets nothing once its approver has signed out, or left', async () => {
    const ada = await house.resident('ada')
    const first = await begin()
    await approve(ada, first.userCode)
    await house.addPerson('ada', { active: false })
    await refused(first.ask(), 'signin.expired')

    const bob = await house.resident('bob')
    const second = await begin()
    await approve(bob, second.userCode)
    await bob.call(signinApi.signOut, { body: {} })
    await refused(second.ask(), 'signin.expired')
  })

  test('is ended by whoever holds its token, and nothing else is', async () => {
    const ada = await house.resident('ada')
    const { userCode, ask, program } = await begin()
    await approve(ada, userCode)
    const token = await granted(ask)
    const end = (it: string) => program.call(signinDeviceApi.deviceEnd, { body: { token: it } })
    await end(ada.cookie() ?? '')
    assert.equal(ada.subject().kind, 'person')
    await end(token)
    assert.equal(subjectOf(token).kind, 'anonymous')
    assert.equal(ada.subject().kind, 'person')
    await end(token)
  })
})

describe('whoever approves', () => {
  test('sees which program asks, and from where', async () => {
    const ada = await house.resident('ada')
    const { userCode } = await begin()
    assert.deepEqual(await look(ada, userCode), {
      program: 'countersign connect',
      machine: 'ada-laptop',
      address: '192.0.2.10',
      isSameAddress: true,
      askedAt: house.now,
      expiresAt: house.now + deviceGrantMaxAgeMs,
    })
  })

  test('is told when it asks from elsewhere, as somebody who phishes would', async () => {
    const ada = await house.resident('ada')
    const mallory = house.browser()
    mallory.address = '198.51.100.7'
    const { userCode } = await begin(mallory)
    const seen = await look(ada, userCode)
    assert.equal(seen.isSameAddress, false)
    assert.equal(seen.address, '198.51.100.7')
  })

  test('must be someone: a code alone approves nothing', async () => {
    const { userCode, ask } = await begin()
    const stranger = house.browser()
    await refused(look(stranger, userCode), 'access.sign_in_required')
    await refused(approve(stranger, userCode), 'access.sign_in_required')
    await refused(deny(stranger, userCode), 'access.sign_in_required')
    assert.equal((await ask()).kind, 'pending')
  })

  test('gives away only themselves, and only first', async () => {
    const ada = await house.resident('ada')
    const bob = await house.resident('bob')
    const { userCode, ask } = await begin()
    await approve(bob, userCode)
    await refused(approve(ada, userCode), 'signin.code_unknown')
    await refused(deny(ada, userCode), 'signin.code_unknown')
    const subject = subjectOf(await granted(ask))
    assert.equal(subject.kind === 'person' && subject.session.person, 'bob')
  })

  test('may write the code as they like', async () => {
    const ada = await house.resident('ada')
    const { userCode } = await begin()
    for (const typed of [userCode.toLowerCase(), userCode.replace('-', ' '), ` ${userCode}\n`]) {
      assert.equal((await look(ada, typed)).machine, 'ada-laptop')
    }
  })

  test('who guesses codes is stopped, and others are not', async () => {
    const ada = await house.resident('ada')
    const bob = await house.resident('bob')
    for (let count = 0; count < codeGuessLimits.burst; count++) {
      await refused(approve(bob, 'BBBB-BBBB'), 'signin.code_unknown')
    }
    const { userCode } = await begin()
    await refused(approve(bob, userCode), 'request.too_many')
    await approve(ada, userCode)
  })
})

describe('a stranger', () => {
  test('who begins many sign-ins is stopped', async () => {
    const program = house.browser()
    const body = { program: 'x', machine: 'y' }
    await assert.rejects(async () => {
      for (let count = 0; count < 100; count++) {
        await program.call(signinDeviceApi.deviceBegin, { body })
      }
    }, /too many/)
  })

  test('who guesses device codes is stopped', async () => {
    const program = house.browser()
    const deviceCode = 'x'.repeat(43)
    await refused(
      program.call(signinDeviceApi.deviceToken, { body: { deviceCode } }),
      'signin.expired',
    )
    await assert.rejects(async () => {
      for (let count = 0; count < 100; count++) {
        await program
          .call(signinDeviceApi.deviceToken, { body: { deviceCode } })
          .catch((error: unknown) => {
            if (String(error).includes('too many')) throw error
          })
      }
    }, /too many/)
  })

  test('who reads the store finds neither code nor token', async () => {
    const ada = await house.resident('ada')
    const { userCode, deviceCode, ask } = await begin()
    const kept = await rows()
    assert.ok(!kept.includes(deviceCode) && !kept.includes(normalUserCode(userCode)))
    await approve(ada, userCode)
    const token = await granted(ask)
    const documents = JSON.stringify(house.ledger.estate.all('token'))
    assert.ok(!documents.includes(token))
    assert.ok(documents.includes(tokenHash(token)))
  })
})

describe('a user code', () => {
  test('has eight letters of the alphabet, from any random bytes, and reads as it is shown', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(255)), (bytes) => {
        const source = {
          now: () => 1,
          randomBytes: (count: number) =>
            Uint8Array.from({ length: count }, () => bytes.next().value ?? 0),
        }
        const asked = { program: 'p', machine: 'm', address: 'a' }
        const { userCode } = newDeviceGrant(asked, source)
        assert.match(userCode, new RegExp(`^[${userCodeAlphabet}]{8}$`))
        assert.equal(normalUserCode(shownUserCode(userCode)), userCode)
      }),
    )
  })
})
