// What becomes of a form that meets the sign-in.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { World } from '#world.fake'

const urlencoded = 'application/x-www-form-urlencoded'

describe('a form that meets the sign-in', () => {
  let world: World
  let cookie: string
  before(async () => {
    world = await World.begin()
    cookie = (
      await world.signIn('bob', 'vault.localhost', {
        authentication: {
          method: 'password',
          phishingResistant: false,
          observedAt: Date.now() - 3_600_000,
        },
      })
    ).cookie
  })
  after(() => world.end())

  const post = (
    body: string,
    { host = 'vault.localhost', headers = {}, path = '/pay?to=x' } = {},
  ) =>
    world.request(host, path, {
      method: 'POST',
      body,
      headers: {
        accept: 'text/html',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-site': 'same-origin',
        origin: `http://${host}:7400`,
        'content-type': urlencoded,
        cookie,
        ...headers,
      },
    })

  it('comes back whole, to be sent again to where it was sent, after a step-up in another tab', async () => {
    const response = await post('amount=12&note=a%22%3E%3Cscript%3E%26&amount=13')
    const page = await response.body.text()
    assert.equal(response.statusCode, 401)
    assert.match(page, /Vault needs a fresh sign-in/)
    assert.match(
      page,
      /<form [^>]*method="post" action="\/pay\?to=x" enctype="application\/x-www-form-urlencoded"/,
    )
    assert.deepEqual(page.match(/<input [^>]*>/g), [
      '<input type="hidden" name="amount" value="12">',
      '<input type="hidden" name="note" value="a&quot;&gt;&lt;script&gt;&amp;">',
      '<input type="hidden" name="amount" value="13">',
    ])
    assert.match(page, /href="\/\.countersign\/sign-in\?fresh=1" target="_blank" rel="noopener"/)
    assert.match(String(response.headers['content-security-policy']), /form-action 'self'/)
    assert.match(String(response.headers['content-security-policy']), /default-src 'none'/)
    assert.equal(response.headers['cache-control'], 'no-store')
    assert.equal(response.headers['referrer-policy'], 'same-origin')
    assert.match(String(response.headers['countersign-decision']), /^dec_/)
    assert.equal(world.seen.length, 0)
  })

  it('comes back likewise where the session has ended', async () => {
    const response = await post('a=b', { headers: { cookie: '' } })
    const page = await response.body.text()
    assert.equal(response.statusCode, 401)
    assert.match(page, /Vault needs you to sign in/)
    assert.match(page, /name="a" value="b"/)
    assert.match(page, /href="\/\.countersign\/sign-in" /)
    assert.doesNotMatch(page, /vault-strong/)
  })

  it('begins the sign-in when it is asked for, and ends it on a page that says where to go', async () => {
    const begun = await world.request('vault.localhost', '/.countersign/sign-in?fresh=1')
    assert.equal(begun.statusCode, 303)
    const location = new URL(String(begun.headers['location']))
    assert.equal(location.pathname, '/signin/continue')
    assert.equal(
      location.searchParams.get('return'),
      'http://vault.localhost:7400/.countersign/signed-in',
    )
    assert.equal(location.searchParams.get('fresh'), '1')
    assert.match(String(begun.headers['set-cookie']), /__Host-countersign-flow=/)
    const end = (headers: Record<string, string>) =>
      world.request('vault.localhost', '/.countersign/signed-in', { headers })
    assert.match(await (await end({ cookie })).body.text(), /You are signed in.*Send again/s)
    assert.match(await (await end({})).body.text(), /You are not signed in/)
  })

  const notKept: readonly [string, string, Record<string, string>, RegExp][] = [
    [
      'of another site',
      'secret=from-elsewhere',
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      /another site/,
    ],
    [
      'of a sibling host',
      'secret=from-elsewhere',
      { 'sec-fetch-site': 'same-site', origin: 'http://wiki.localhost:7400' },
      /another site/,
    ],
    [
      'whose origin is another, in a browser that says no more',
      'secret=from-elsewhere',
      { 'sec-fetch-site': '', origin: 'http://wiki.localhost:7400' },
      /another site/,
    ],
    ['longer than the bound', `secret=${'x'.repeat(64 * 1024)}`, {}, /longer than 64 KiB/],
    ['that is JSON', '{"secret":1}', { 'content-type': 'application/json' }, /only forms are kept/],
    ['that is packed', 'secret=1', { 'content-encoding': 'gzip' }, /only forms are kept/],
  ]
  for (const [what, body, headers, why] of notKept) {
    it(`is named as not kept where it is one ${what}`, async () => {
      const response = await post(body, { headers })
      const page = await response.body.text()
      assert.equal(response.statusCode, 401)
      assert.match(page, /it was not kept/)
      assert.match(page, why)
      assert.doesNotMatch(page, /secret|<form|<input/)
    })
  }

  it('is no form of a script: that gets what RFC 9470 says', async () => {
    const response = await post('a=b', { headers: { 'sec-fetch-mode': 'cors' } })
    assert.equal(response.headers['content-type'], 'application/problem+json')
    assert.match(
      String(response.headers['www-authenticate']),
      /error="insufficient_user_authentication"/,
    )
    await response.body.dump()
  })
})
