// Traefik and Envoy over HTTP were not run here: these are the requests that they send.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { readSettings } from '@countersign/contract/settings'
import type { World } from '#world.fake'
import { beginExternal, externalPort, readAnswer, secret } from './front.fake.ts'
import { openExternal } from './open.ts'
import { exchange } from './proxies.fake.ts'

describe('a proxy that asks over HTTP', () => {
  let world: World
  before(async () => {
    world = await beginExternal()
  })
  after(() => world.end())

  async function ask(begin: string, ...lines: readonly string[]) {
    const shown = lines.some((line) => /^countersign-proxy-secret:/i.test(line))
    const head = [
      `${begin} HTTP/1.1`,
      ...(lines.some((line) => /^host:/i.test(line)) ? [] : ['Host: 127.0.0.1']),
      ...(shown ? [] : [`Countersign-Proxy-Secret: ${secret}`]),
      ...lines,
      'Connection: close',
      '',
      '',
    ]
    return readAnswer(await exchange(externalPort(world), head.join('\r\n')))
  }

  const traefik = (...more: readonly string[]) => [
    'X-Forwarded-Method: GET',
    'X-Forwarded-Proto: http',
    'X-Forwarded-Host: wiki.localhost',
    'X-Forwarded-Uri: /page?x=1',
    'X-Forwarded-For: 10.1.2.3',
    'X-Forwarded-Server: front',
    'X-Forwarded-Port: 443',
    'X-Real-Ip: 10.1.2.3',
    ...more,
  ]

  it('Traefik hears an allow whose cookies stand under their own name', async () => {
    const { cookie } = await world.signIn('ada', 'wiki.localhost')
    const answer = await ask('GET /check/traefik/wiki', ...traefik(`Cookie: ${cookie}; theme=dark`))
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('countersign-assertion') ?? '', /^eyJ/)
    assert.equal(answer.headers.get('cookie'), 'theme=dark')
  })

  it('Traefik passes on the redirect to the sign-in', async () => {
    const answer = await ask('GET /check/traefik/wiki', ...traefik('Accept: text/html'))
    assert.equal(answer.status, 303)
    const back = new URL(answer.headers.get('location') ?? '').searchParams.get('return')
    assert.equal(back, 'http://wiki.localhost:7400/page?x=1')
  })

  it('class 6: what Traefik could not remove is refused, and so is half a question', async () => {
    const { cookie } = await world.signIn('ada', 'wiki.localhost')
    const lines = traefik(`Cookie: ${cookie}`)
    assert.equal((await ask('GET /check/traefik/wiki', ...lines)).status, 200)
    for (const line of [
      'X-Forwarded-Prefix: /x',
      'X-Auth-Request-User: root',
      'Remote-User: root',
    ]) {
      assert.equal((await ask('GET /check/traefik/wiki', ...lines, line)).status, 400, line)
    }
    for (const name of ['Method', 'Host', 'Uri', 'For']) {
      const without = lines.filter((line) => !line.startsWith(`X-Forwarded-${name}:`))
      assert.equal((await ask('GET /check/traefik/wiki', ...without)).status, 400, name)
      const twice = lines.find((line) => line.startsWith(`X-Forwarded-${name}:`)) ?? ''
      assert.equal((await ask('GET /check/traefik/wiki', ...lines, twice)).status, 400, name)
    }
  })

  const envoy = (...more: readonly string[]) => [
    'Host: wiki.localhost',
    'Countersign-Original-Address: 10.1.2.3',
    'X-Forwarded-Proto: https',
    'X-Request-Id: 1',
    ...more,
  ]

  it('Envoy asks with the original method and target, and hears what to take off', async () => {
    const { cookie } = await world.signIn('ada', 'wiki.localhost')
    const answer = await ask(
      'POST /check/envoy/wiki/page?x=1',
      ...envoy(`Cookie: ${cookie}; a=b`, 'X-Forwarded-User: root', 'Content-Length: 0'),
    )
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('cookie'), 'a=b')
    const removed = answer.headers.get('x-envoy-auth-headers-to-remove')?.split(',') ?? []
    assert.ok(removed.includes('x-forwarded-user'))
  })

  it('class 1: Envoy is refused a target that can be read in two ways', async () => {
    const { cookie } = await world.signIn('ada', 'wiki.localhost')
    for (const target of ['/a/../b', '//a', '/a%2fb', '/a;b', '', '?a']) {
      const answer = await ask(`GET /check/envoy/wiki${target}`, ...envoy(`Cookie: ${cookie}`))
      assert.equal(answer.status, 400, target)
    }
  })

  it('class 17: nobody is answered without the secret, and nothing else is there', async () => {
    const wrong = 'Countersign-Proxy-Secret: wrong'
    for (const begin of [
      'GET /check/traefik/open',
      'GET /answer',
      'POST /access/v1/evaluation',
      'GET /',
    ]) {
      assert.equal((await ask(begin, wrong)).status, 401, begin)
    }
    for (const begin of [
      'GET /',
      'GET /check/other/open',
      'GET /check/nginx',
      'GET /check/nginx/%ff',
    ]) {
      assert.equal((await ask(begin)).status, 404, begin)
    }
  })

  it('a refusal that nginx fetches is given once, and not after a while', async () => {
    const asked = [
      'Countersign-Original-Method: GET',
      'Countersign-Original-Target: /',
      'Countersign-Original-Authority: wiki.localhost',
      'Countersign-Original-Routed: wiki.localhost',
      'Countersign-Original-Address: 10.1.2.3',
    ]
    const check = await ask('GET /check/nginx/wiki', ...asked)
    assert.equal(check.status, 401)
    const id = `Countersign-Answer: ${check.headers.get('countersign-answer')}`
    assert.match((await ask('GET /answer', id)).body, /access\.sign_in_required/)
    assert.match((await ask('GET /answer', id)).body, /external\.answer_gone/)
    assert.equal((await ask('GET /answer')).status, 503)
  })

  it('the door does not open without a secret worth the name', async () => {
    for (const weak of ['', 'short', 'x'.repeat(31), `${'x'.repeat(40)} `]) {
      const settings = readSettings('gateway', {
        COUNTERSIGN_GATEWAY_EXTERNAL_LISTEN: '127.0.0.1:0',
        COUNTERSIGN_GATEWAY_EXTERNAL_SECRET: weak,
      })
      await assert.rejects(openExternal(settings, world.running.gateway), /openssl rand -hex 32/)
    }
    assert.equal(await openExternal(readSettings('gateway', {}), world.running.gateway), undefined)
  })
})
