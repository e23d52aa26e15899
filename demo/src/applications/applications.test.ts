import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import { applicationRows } from '#organisation/applications'
import { applicationAt } from './answer.ts'
import { admit, applicationServer } from './applications.routes.ts'
import { html } from './page.ts'
import { readingsAt } from './vitals.ts'
import { vitalsStream } from './vitals.job.ts'
import { wardBoard } from './ward-board.ts'

const now = Date.UTC(2026, 2, 17, 9, 30)
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const means = {
  keys: {
    keyOf: (id: string) => (id === 'k' ? publicKey : undefined),
    refresh: () => Promise.resolve(),
  },
  issuer: 'gw_ours',
  clock: () => now,
  board: wardBoard(now),
}
const server = applicationServer(means)

function assertionFor(application: string, id = 'ada.okoye'): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const head = encode({ alg: 'EdDSA', typ: 'countersign-assertion+jwt', kid: 'k' })
  const body = encode({
    iss: 'gw_ours',
    aud: application,
    sub: `Person::${JSON.stringify(id)}`,
    iat: now / 1000,
    exp: now / 1000 + 60,
  })
  const signature = sign(null, Buffer.from(`${head}.${body}`), privateKey).toString('base64url')
  return `${head}.${body}.${signature}`
}

function headersFor(application: string, extra: Readonly<Record<string, string>> = {}) {
  return {
    host: `${application}.localhost:7400`,
    'countersign-assertion': assertionFor(application),
    ...extra,
  }
}

test('every application answers whom the gateway vouches for, by name', async () => {
  for (const { id } of applicationRows) {
    const answer = await server.inject({ url: '/', headers: headersFor(id) })
    assert.equal(answer.statusCode, 200, id)
    assert.ok(answer.body.includes('ada.okoye'), id)
    assert.equal(answer.headers['cache-control'], 'no-store', id)
  }
})

test('every application refuses who comes around the gateway', async () => {
  for (const { id } of applicationRows) {
    const without = await server.inject({ url: '/', headers: { host: `${id}.localhost` } })
    assert.equal(without.statusCode, 401, id)
    const forOther = assertionFor(id === 'records' ? 'payroll' : 'records')
    const other = await server.inject({
      url: '/',
      headers: { host: `${id}.localhost`, 'countersign-assertion': forOther },
    })
    assert.equal(other.statusCode, 401, id)
  }
})

test('a host that is none of ours is told so', async () => {
  for (const host of ['example.com', 'localhost', 'unknown.localhost', 'payroll.localhost.evil']) {
    assert.equal(applicationAt(host), undefined, host)
  }
  const answer = await server.inject({ url: '/', headers: { host: 'unknown.localhost' } })
  assert.equal(answer.statusCode, 421)
})

test('a note on the ward board is there afterwards, harmless whatever it says', async () => {
  const posted = await server.inject({
    method: 'POST',
    url: '/tasks',
    headers: headersFor('ward-board', {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    }),
    payload: 'bed=3&note=%3Cscript%3Ealert(1)%3C%2Fscript%3E',
  })
  assert.equal(posted.statusCode, 303)
  const { body } = await server.inject({ url: '/', headers: headersFor('ward-board') })
  assert.ok(body.includes('&#60;script&#62;alert(1)'))
  assert.ok(!body.includes('<script>'))
})

test('a form of another site writes nothing', async () => {
  const answer = await server.inject({
    method: 'POST',
    url: '/tasks',
    headers: headersFor('ward-board', {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-site',
    }),
    payload: 'bed=1&note=forged',
  })
  assert.equal(answer.statusCode, 403)
  const { body } = await server.inject({ url: '/', headers: headersFor('ward-board') })
  assert.ok(!body.includes('forged'))
})

test('a form that is too large is refused', async () => {
  const answer = await server.inject({
    method: 'POST',
    url: '/tasks',
    headers: headersFor('ward-board', { 'content-type': 'application/x-www-form-urlencoded' }),
    payload: `bed=1&note=${'x'.repeat(20_000)}`,
  })
  assert.equal(answer.statusCode, 413)
})

test('laboratory results are JSON, one or all, and are only read', async () => {
  const get = async (url: string) => server.inject({ url, headers: headersFor('lab-results') })
  const all: { readonly results: readonly { readonly id: number }[] } = (
    await get('/results')
  ).json()
  assert.equal(all.results.length, 40)
  assert.deepEqual((await get('/results/7')).json(), all.results[6])
  assert.equal((await get('/results/999')).statusCode, 404)
  const headers = headersFor('lab-results')
  const posted = await server.inject({ method: 'DELETE', url: '/results/1', headers })
  assert.equal(posted.statusCode, 405)
})

test('a page allows its own sheet and script by their hashes, and nothing else', async () => {
  const { headers, body } = await server.inject({ url: '/', headers: headersFor('vitals') })
  const policy = String(headers['content-security-policy'])
  assert.match(policy, /default-src 'none'/)
  for (const [, directive = '', text = ''] of body.matchAll(/<(style|script)>(.*?)<\/\1>/gs)) {
    const hash = createHash('sha256').update(text).digest('base64')
    assert.ok(policy.includes(`${directive}-src 'sha256-${hash}'`), directive)
  }
  assert.equal(body.match(/<(style|script)>/g)?.length, 2)
  assert.doesNotMatch(policy, /unsafe/)
  assert.ok(!body.includes('style="'))
})

test('text in a page cannot become markup', () => {
  assert.equal(html`<p>${`"><img src=x>'&`}</p>`, '<p>&#34;&#62;&#60;img src=x&#62;&#39;&#38;</p>')
})

test('a WebSocket handshake is admitted only with an assertion for that application', async () => {
  const good = await admit({ headers: headersFor('vitals') }, means)
  assert.equal(good.kind, 'admitted')
  const bad = await admit({ headers: { host: 'vitals.localhost' } }, means)
  assert.equal(bad.kind, 'refused')
})

test('readings stay within what a body can do, and move', () => {
  for (let at = now; at < now + 600_000; at += 7_777) {
    for (const { heart, breath, oxygen, trace } of readingsAt(at)) {
      assert.ok(heart > 40 && heart < 140 && breath > 5 && breath < 35, `${heart} ${breath}`)
      assert.ok(oxygen > 80 && oxygen <= 100)
      assert.ok(trace.every((value) => value >= 0 && value <= 1.05))
    }
  }
  assert.notDeepEqual(readingsAt(now), readingsAt(now + 10_000))
})

test('the vitals stream sends while somebody watches, and rests while nobody does', (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] })
  const sent: string[] = []
  const stream = vitalsStream(() => now)
  const watcher = {
    bufferedAmount: 0,
    send: (text: string) => sent.push(text),
    close: () => undefined,
  }
  const end = stream.watch(watcher)
  context.mock.timers.tick(1_000)
  assert.equal(sent.length, 5)
  const slow = stream.watch({ ...watcher, bufferedAmount: 1_000_000 })
  context.mock.timers.tick(200)
  assert.equal(sent.length, 6)
  end()
  slow()
  context.mock.timers.tick(5_000)
  assert.equal(sent.length, 6)
})
