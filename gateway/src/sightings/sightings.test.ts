import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Sighting } from '@countersign/contract/sighting'
import { Backoff } from '#backoff'
import { World } from '#world.fake'
import { reportSightings } from './report.job.ts'
import { Sightings } from './sightings.ts'

const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36'
const phone =
  'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36'

const minuteMs = 60_000
const start = Date.parse('2026-03-02T08:00:00Z')
const options = { maxCount: 3, tellAgainAfterMs: minuteMs }
const use = (agent: string, address = '192.0.2.7', session = 'ses_1') => ({
  session,
  address,
  agent,
})

describe('a session in use', () => {
  it('is told once, and again only when a minute has passed', () => {
    const sightings = new Sightings(options)
    sightings.see(use(firefox), start)
    assert.deepEqual(sightings.untold(10), [
      {
        session: 'ses_1',
        lastUsedAt: start,
        network: '192.0.2.0/24',
        browser: 'firefox',
        platform: 'windows',
      },
    ])
    sightings.told(sightings.untold(10))
    sightings.see(use(firefox), start + minuteMs - 1)
    assert.deepEqual(sightings.untold(10), [])
    sightings.see(use(firefox), start + minuteMs)
    assert.equal(sightings.untold(10)[0]?.lastUsedAt, start + minuteMs)
  })

  it('stays with who it is when a phone goes from one network to the next and back', () => {
    const sightings = new Sightings(options)
    for (const address of ['192.0.2.7', '2001:db8:7::1', '198.51.100.4', '192.0.2.7']) {
      assert.equal(sightings.see(use(phone, address), start), true)
    }
  })

  it('stands for nobody once two browsers at two places take turns, on neither of them', () => {
    const sightings = new Sightings(options)
    let heard = 0
    sightings.onContested(() => void heard++)
    assert.equal(sightings.see(use(firefox), start), true)
    assert.equal(sightings.see(use(chrome, '198.51.100.4'), start + 1_000), true)
    assert.equal(sightings.see(use(firefox), start + 2_000), false)
    assert.equal(sightings.see(use(chrome, '198.51.100.4'), start + 3_000), false)
    assert.equal(heard, 1)
    assert.equal(sightings.untold(10)[0]?.contested?.why, 'alternation')
  })

  it('is remembered in bounded numbers', () => {
    const sightings = new Sightings(options)
    for (let index = 0; index < 10; index++) sightings.see(use(phone, '::1', `ses_${index}`), start)
    assert.equal(sightings.size, 3)
  })

  it('that cannot be told is told later', async () => {
    const sightings = new Sightings(options)
    sightings.see(use(firefox), start)
    const told: Sighting[] = []
    const stopping = new AbortController()
    let answers = 0
    await reportSightings({
      sightings,
      controlPlane: {
        tell: async (it) => {
          if (++answers === 1) return false
          told.push(...it)
          stopping.abort()
          return true
        },
      },
      everyMs: 1,
      backoff: new Backoff({ firstMs: 1, maxMs: 1, random32: () => 0 }),
      pause: async () => undefined,
      signal: stopping.signal,
    })
    assert.equal(told.length, 1)
    assert.deepEqual(sightings.untold(10), [])
  })
})

describe('a stolen cookie', () => {
  it('on another platform is of no use there, nor any more where it was stolen', async (t) => {
    const world = await World.begin()
    t.after(() => world.end())
    const { cookie, session } = await world.signIn('bob', 'wiki.localhost')
    const statusFor = async (agent: string): Promise<number> => {
      const headers = { cookie, 'user-agent': agent }
      const response = await world.request('wiki.localhost', '/', { headers })
      await response.body.dump()
      return response.statusCode
    }
    assert.equal(await statusFor(firefox), 200)
    assert.equal(await statusFor(phone), 401)
    assert.equal(await statusFor(firefox), 401)
    await until(() => world.plane.sightings.some((it) => it.contested !== undefined))
    const told = world.plane.sightings.find((it) => it.contested !== undefined)
    assert.equal(told?.session, session)
    assert.equal(told.contested?.why, 'platform')
    assert.equal(told.contested.other.platform, 'windows')
  })

  it('ends what its owner has open, for both sign in again', async (t) => {
    const world = await World.begin()
    t.after(() => world.end())
    world.handle((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
    })
    const { cookie } = await world.signIn('bob', 'wiki.localhost')
    const ask = (agent: string) =>
      world.request('wiki.localhost', '/', { headers: { cookie, 'user-agent': agent } })
    const stream = await ask(firefox)
    const broken = assert.rejects(stream.body.text())
    const stolen = await ask(phone)
    assert.equal(stolen.statusCode, 401)
    await stolen.body.dump()
    world.running.gateway.streams.rejudge()
    await until(() => world.running.gateway.streams.size === 0)
    await broken
  })
})

describe('classic attacks on cookies', () => {
  it('cookie tossing: a second cookie of the name, or one without our prefix, signs nobody in', async (t) => {
    const world = await World.begin()
    t.after(() => world.end())
    const eve = await world.signIn('bob', 'wiki.localhost')
    const other = await world.signIn('bob', 'wiki.localhost')
    const statusFor = async (cookie: string): Promise<number> => {
      const response = await world.request('wiki.localhost', '/', { headers: { cookie } })
      await response.body.dump()
      return response.statusCode
    }
    assert.equal(await statusFor(eve.cookie), 200)
    assert.equal(await statusFor(`${eve.cookie}; ${other.cookie}`), 401)
    // What a sibling host can set is a cookie without the prefix: browsers keep the name for the
    // host itself (RFC 6265bis §4.1.3.2).
    assert.equal(await statusFor(eve.cookie.replace('__Host-', '')), 401)
    assert.equal(await statusFor(eve.cookie.replace('__Host-', '__host-')), 401)
  })
})

describe('time passing', () => {
  it('is a change of fact: what is open ends when the sign-in has become too old for it', async (t) => {
    const clock = {
      skewMs: 0,
      now: () => Date.now() + clock.skewMs,
      monotonicNs: () => process.hrtime.bigint(),
    }
    const world = await World.begin({ start: { clock } })
    t.after(() => world.end())
    world.handle((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
    })
    // A sign-in counts for twelve hours, and this one was nearly that long ago.
    const observedAt = Date.now() - 12 * 60 * minuteMs + 5 * minuteMs
    const { cookie } = await world.signIn('bob', 'vault.localhost', {
      authentication: { observedAt },
    })
    const stream = await world.request('vault.localhost', '/', { headers: { cookie } })
    assert.equal(stream.statusCode, 200)
    const broken = assert.rejects(stream.body.text())
    clock.skewMs = 6 * minuteMs
    await world.plane.beat(clock.now())
    await until(() => !world.running.gateway.facts.isStale(clock.now(), 0))
    world.running.gateway.streams.rejudge()
    await broken
    const again = await world.request('vault.localhost', '/', { headers: { cookie } })
    assert.equal(again.statusCode, 401)
    await again.body.dump()
  })
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
