// Whether an application works is asked of it only where it says how, in nobody's name; one that
// does not work is failed fast until it does.
import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { after, before, describe, it } from 'node:test'
import type { Application } from '@countersign/contract/documents'
import { upstreamHealth } from '@countersign/contract/upstream-health'
import { application, World } from '#world.fake'
import { UpstreamHealth } from './health.ts'

const web: Application = {
  id: 'payroll',
  name: 'Payroll',
  tier: 1,
  hosts: ['payroll.localhost'],
  upstream: 'http://127.0.0.1:9',
  upstreamHealth: { path: '/healthz', everySeconds: 10 },
  kind: 'web',
  groups: [],
}

describe('the health of applications', () => {
  it('is asked for as often as each says, one question at a time, and of no others', () => {
    const health = new UpstreamHealth()
    const { upstreamHealth: _, ...silent } = web
    const all = [web, { ...silent, id: 'wiki' }]
    const [first, ...others] = health.due(all, 0, 10)
    assert.ok(first)
    assert.deepEqual([first.id, others], ['payroll', []])
    assert.deepEqual(health.due(all, 60_000, 10), [])
    health.found(first, undefined, 60_000)
    assert.deepEqual(health.due(all, 69_999, 10), [])
    assert.equal(health.due(all, 70_000, 10).length, 1)
    assert.deepEqual(health.report(), { asked: ['payroll'], failing: [] })
  })

  it('is bad from the second failure in a row on, and good again with one answer', () => {
    const health = new UpstreamHealth()
    const ask = (why: string | undefined, now: number): boolean => {
      const [due] = health.due([web], now, 10)
      assert.ok(due)
      health.found(due, why, now)
      return health.isFailing('payroll')
    }
    assert.equal(ask('it answered 500', 0), false)
    assert.equal(ask(undefined, 10_000), false)
    assert.equal(ask('it answered 500', 20_000), false)
    assert.equal(ask('it answered 503', 30_000), true)
    assert.equal(ask('it answered 502', 40_000), true)
    assert.deepEqual(health.report().failing, [
      { application: 'payroll', since: 30_000, why: 'it answered 502' },
    ])
    assert.equal(ask(undefined, 50_000), false)
    assert.equal(health.revision, 2)
  })

  it('is forgotten with the application, and begins anew at another address', () => {
    const health = new UpstreamHealth()
    for (const now of [0, 10_000]) {
      const [due] = health.due([web], now, 10)
      assert.ok(due)
      health.found(due, 'it answered 500', now)
    }
    assert.equal(health.isFailing('payroll'), true)
    const [moved] = health.due([{ ...web, upstream: 'http://127.0.0.1:10' }], 10_001, 10)
    assert.ok(moved)
    assert.equal(health.isFailing('payroll'), false)
    health.due([], 10_002, 10)
    assert.deepEqual(health.report().asked, [])
    health.found(moved, 'late', 10_003)
    assert.deepEqual(health.report(), { asked: [], failing: [] })
  })

  it('is asked of a bounded number at once', () => {
    const many = Array.from({ length: 20 }, (_, index) => ({ ...web, id: `a${index}` }))
    const health = new UpstreamHealth()
    assert.equal(health.due(many, 0, 5).length, 5)
    assert.equal(health.due(many, 0, 5).length, 5)
  })

  for (const path of [
    'x',
    '//x',
    '/a/../b',
    '/a//b',
    '/a%2fb',
    '/a b',
    '/a#b',
    '/.',
    '/a\r\nX: y',
  ]) {
    it(`is not asked for at ${JSON.stringify(path)}`, () => {
      assert.equal(upstreamHealth.safeParse({ path, everySeconds: 10 }).success, false)
    })
  }
})

describe('an application that does not work', () => {
  let world: World
  let status = 503
  let skippedMs = 0
  const asked: IncomingMessage[] = []
  before(async () => {
    const clock = { now: () => Date.now() + skippedMs, monotonicNs: () => process.hrtime.bigint() }
    world = await World.begin({ start: { clock } })
    world.handle((request, response) => {
      if (request.url !== '/healthz?full=1') return response.end('hello')
      asked.push(request)
      response.statusCode = status
      return response.end('x'.repeat(100_000))
    })
    await world.plane.put(
      application('open', world.upstream, {
        upstreamHealth: { path: '/healthz?full=1', everySeconds: 5, expect: 204 },
      }),
    )
    await world.settle()
  })
  after(() => world.end())

  const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await isSo())) {
      skippedMs += 1_000
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  it('is failed fast, is told of, and is let back as soon as it works', async () => {
    const { upstreamHealth: health, metrics } = world.running.gateway
    await until(() => health.isFailing('open'))
    const response = await world.request('open.localhost', '/')
    assert.equal(response.statusCode, 503)
    assert.equal(((await response.body.json()) as { code: string }).code, 'upstream.failing')
    assert.match(
      await metrics.registry.metrics(),
      /countersign_upstream_healthy\{application="open"\} 0/,
    )
    await until(() => world.plane.healthReports.at(-1)?.failing[0]?.application === 'open')
    assert.equal(world.plane.healthReports.at(-1)?.failing[0]?.why, 'it answered 503')

    status = 204
    await until(() => !health.isFailing('open'))
    const back = await world.request('open.localhost', '/')
    assert.equal(back.statusCode, 200)
    await back.body.dump()
    await until(() => world.plane.healthReports.at(-1)?.failing.length === 0)
  })

  it('is asked in nobody’s name', () => {
    assert.ok(asked.length >= 3)
    for (const { method, headers } of asked) {
      assert.equal(method, 'GET')
      assert.deepEqual(headers, {
        host: 'open.localhost',
        'user-agent': 'countersign-health',
        connection: 'close',
      })
    }
  })
})
