// Who is let in, what is on record of it, and what those see who are not.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Link, verifyChain } from '@countersign/contract/chain'
import { type DecisionRecord, decisionRecord } from '@countersign/contract/decision'
import type { ProblemDetails } from '@countersign/contract/problems'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { newToken } from './control-plane.fake.ts'
import { flowHash } from './steps/begin-sign-in.ts'
import { laptop, World } from './world.fake.ts'

const browser = { accept: 'text/html,*/*;q=0.8', 'sec-fetch-mode': 'navigate' }

describe('access through the gateway', () => {
  let world: World
  before(async () => {
    world = await World.begin()
  })
  after(() => world.end())

  it('is given to a person whom a policy permits, with our word about who they are', async () => {
    const { cookie, session } = await world.signIn('ada', 'payroll.localhost', {
      device: 'laptop-ada',
    })
    const response = await world.request('payroll.localhost', '/a?b=c', {
      headers: { cookie: `${cookie}; theme=dark`, 'x-forwarded-for': '6.6.6.6' },
    })
    assert.equal(response.statusCode, 200)
    assert.equal(await response.body.text(), 'hello')
    const seen = world.seen.at(-1)
    assert.equal(seen?.url, '/a?b=c')
    assert.equal(seen?.headers.cookie, 'theme=dark')
    assert.equal(seen?.headers['x-forwarded-for'], '127.0.0.1')
    const keys = await (
      await world.request('payroll.localhost', '/.countersign/jwks.json')
    ).body.json()
    const { payload } = await jwtVerify(
      String(seen?.headers['countersign-assertion']),
      createLocalJWKSet(keys as Parameters<typeof createLocalJWKSet>[0]),
      { typ: 'countersign-assertion+jwt', issuer: 'gw_test', audience: 'payroll' },
    )
    assert.equal(payload.sub, 'Person::"ada"')
    assert.equal(payload['sid'], session)
    assert.equal(payload['cip'], '127.0.0.1')
    assert.equal(payload['dec'], undefined)
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 60)
  })

  it('tells our own application also which decision let the request in', async () => {
    const response = await world.request('countersign.localhost', '/')
    await response.body.dump()
    const assertion = String(world.seen.at(-1)?.headers['countersign-assertion'])
    const payload = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString())
    assert.equal(payload.dec, response.headers['countersign-decision'])
    assert.equal(payload.sub, 'Anonymous::"anonymous"')
    assert.equal(payload.sid, undefined)
  })

  it('is on record before the answer, as the contract describes a record', async () => {
    const response = await world.request('open.localhost', '/on-record')
    const records = recordsOnDisk(world)
    const record = records.find(({ id }) => id === response.headers['countersign-decision'])
    assert.ok(record)
    decisionRecord.parse(record)
    assert.equal(record.verdict, 'allow')
    assert.deepEqual(record.effective.determining, ['api-open'])
    assert.deepEqual(record.context['request'], {
      protocol: 'http',
      method: 'GET',
      host: 'open.localhost',
      path: '/on-record',
    })
    assert.ok('last' in verifyChain(linksOnDisk(world)))
    await response.body.dump()
  })

  it('is judged with the facts of the moment: a device that fails ends it at the next request', async () => {
    const { cookie } = await world.signIn('ada', 'payroll.localhost', { device: 'laptop-two' })
    await world.plane.put(laptop('laptop-two', true, Date.now()))
    await world.settle()
    const get = async () =>
      (await world.request('payroll.localhost', '/', { headers: { cookie } })).statusCode
    assert.equal(await get(), 200)
    await world.plane.put(laptop('laptop-two', false, Date.now()))
    await world.settle()
    assert.equal(await get(), 403)
  })

  it('ends with the session', async () => {
    const { cookie, session } = await world.signIn('bob', 'wiki.localhost')
    const get = async () =>
      (await world.request('wiki.localhost', '/', { headers: { cookie } })).statusCode
    assert.equal(await get(), 200)
    await world.plane.remove('session', session)
    await world.settle()
    assert.equal(await get(), 401)
  })

  it('is for the host that a cookie was given to, and for no other', async () => {
    const { cookie } = await world.signIn('bob', 'wiki.localhost')
    const response = await world.request('vault.localhost', '/', { headers: { cookie } })
    assert.equal(response.statusCode, 401)
  })

  it('gives no bypass to a preflight, a health check or a user agent', async () => {
    for (const [method, path, agent] of [
      ['OPTIONS', '/', 'x'],
      ['GET', '/healthz', 'kube-probe/1.30'],
      ['GET', '/ping', 'GoogleHC/1.0'],
      ['HEAD', '/', 'ELB-HealthChecker/2.0'],
    ] as const) {
      const response = await world.request('payroll.localhost', path, {
        method,
        headers: { 'user-agent': agent, 'access-control-request-method': 'GET' },
      })
      assert.equal(response.statusCode, 401, `${method} ${path}`)
    }
  })

  it('is asked for as `invoke` where a program is the caller', async () => {
    const response = await world.request('api.localhost', '/')
    const record = recordsOnDisk(world).at(-1)
    assert.equal(response.statusCode, 401)
    assert.equal(record?.action, 'invoke')
    assert.match(String(response.headers['www-authenticate']), /^Bearer/)
  })

  describe('when it is refused', () => {
    it('tells a program why, in a problem that names the decision', async () => {
      const { cookie } = await world.signIn('bob', 'payroll.localhost')
      const response = await world.request('payroll.localhost', '/', { headers: { cookie } })
      assert.equal(response.statusCode, 403)
      assert.equal(response.headers['content-type'], 'application/problem+json')
      const details = (await response.body.json()) as ProblemDetails
      assert.equal(details.code, 'access.denied')
      assert.equal(details.instance, response.headers['countersign-decision'])
      assert.equal(
        (details['explanation'] as DecisionRecord['explanation'])[0]?.policy,
        'payroll-staff',
      )
      assert.deepEqual(details['remedies'], { found: [], tried: 3, isCutShort: false })
    })

    it('shows a person who, what and why on a page that runs and loads nothing', async () => {
      await world.plane.put(laptop('laptop-open', false, Date.now() - 240_000))
      const { cookie } = await world.signIn('ada', 'payroll.localhost', { device: 'laptop-open' })
      const response = await world.request('payroll.localhost', '/salaries', {
        headers: { cookie, ...browser },
      })
      const page = await response.body.text()
      assert.equal(response.statusCode, 403)
      assert.match(page, /Access to Payroll is refused/)
      assert.match(page, /Staff use Payroll from encrypted devices/)
      assert.match(
        page,
        /device › disk encryption: no, reported by a management system, observed [45] minutes ago/,
      )
      assert.match(page, /This makes it work:/)
      assert.match(page, /Turn on disk encryption, then let the device report again\./)
      assert.match(page, /Ola Nordmann/)
      assert.match(page, /Ada Lovelace/)
      assert.match(page, new RegExp(String(response.headers['countersign-decision'])))
      assert.doesNotMatch(page, /<script|src=|@import|url\(/)
      assert.match(
        String(response.headers['content-security-policy']),
        /^default-src 'none'; style-src 'sha256-/,
      )
      assert.equal(response.headers['cache-control'], 'no-store')
    })

    it('sets a policy that forbids apart from policies that do not permit', async () => {
      const { cookie } = await world.signIn('bob', 'ledger.localhost')
      const response = await world.request('ledger.localhost', '/', {
        headers: { cookie, ...browser },
      })
      const page = await response.body.text()
      assert.match(page, /A policy forbids this/)
      assert.match(page, /Nothing you could change yourself would allow this: none within three/)
      const other = await world.signIn('bob', 'payroll.localhost')
      const second = await world.request('payroll.localhost', '/', {
        headers: { cookie: other.cookie, ...browser },
      })
      assert.match(await second.body.text(), /No policy grants you this/)
    })

    it('shows names and paths as text, whatever is in them', async () => {
      const { cookie } = await world.signIn('bob', 'payroll.localhost')
      const path = `/%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E`.replace('%2F', '')
      for (const target of [path, `/?q="><script>alert(1)</script>`, `/'onmouseover='x`]) {
        const response = await world.request('payroll.localhost', target, {
          headers: { cookie, ...browser },
        })
        const page = await response.body.text()
        assert.equal(response.statusCode, 403)
        assert.doesNotMatch(page, /<script/i)
        assert.doesNotMatch(page, /'onmouseover/)
        assert.match(page, /Bob &lt;script&gt;alert\(1\)&lt;\/script&gt;/)
      }
    })

    it('is a page for a person also where there was nothing to decide', async () => {
      const response = await world.request('nobody.localhost', '/', { headers: browser })
      const page = await response.body.text()
      assert.equal(response.statusCode, 421)
      assert.match(page, /No application answers at <code>nobody\.localhost<\/code>\./)
      assert.match(page, /route\.unknown_host/)
    })

    it('tells whoever is not signed in nothing about policies', async () => {
      const response = await world.request('payroll.localhost', '/')
      const text = await response.body.text()
      assert.equal(response.statusCode, 401)
      assert.doesNotMatch(text, /payroll-staff|explanation/)
    })
  })

  describe('when a sign-in would help', () => {
    it('takes a browser to the sign-in, with a challenge that only it can answer', async () => {
      const response = await world.request('wiki.localhost', '/page?x=1', { headers: browser })
      assert.equal(response.statusCode, 303)
      const location = new URL(String(response.headers['location']))
      const flow = flowOf(response.headers['set-cookie'])
      assert.equal(location.origin, 'http://countersign.localhost:7400')
      assert.equal(location.pathname, '/signin/continue')
      assert.equal(location.searchParams.get('return'), 'http://wiki.localhost:7400/page?x=1')
      assert.equal(location.searchParams.get('flow'), flowHash(flow))
      assert.equal(location.searchParams.get('fresh'), null)
      assert.equal(recordsOnDisk(world).at(-1)?.principal.type, 'Anonymous')
    })

    it('gives all tabs of a browser the same challenge, so that none undoes another', async () => {
      const first = await world.request('wiki.localhost', '/one', { headers: browser })
      const flow = flowOf(first.headers['set-cookie'])
      const cookie = `__Host-countersign-flow=${flow}`
      const second = await world.request('wiki.localhost', '/two', {
        headers: { ...browser, cookie },
      })
      assert.equal(flowOf(second.headers['set-cookie']), flow)
      const session = await world.signIn('bob', 'wiki.localhost')
      const late = await world.request(
        'wiki.localhost',
        `/.countersign/callback?code=${newToken()}`,
        {
          headers: { cookie: session.cookie },
        },
      )
      assert.equal(late.statusCode, 303)
      assert.equal(late.headers['location'], '/')
    })

    it('brings whoever asks for a very long address back to its host', async () => {
      const response = await world.request('wiki.localhost', `/?${'x'.repeat(6_000)}`, {
        headers: browser,
      })
      const location = new URL(String(response.headers['location']))
      assert.equal(location.searchParams.get('return'), 'http://wiki.localhost:7400')
    })

    it('takes no script and no POST along', async () => {
      const script = { ...browser, 'sec-fetch-mode': 'cors' }
      assert.equal(
        (await world.request('wiki.localhost', '/', { headers: script })).statusCode,
        401,
      )
      const posted = await world.request('wiki.localhost', '/', {
        method: 'POST',
        headers: browser,
      })
      assert.equal(posted.statusCode, 401)
    })

    it('takes a person to a fresh sign-in where only that is missing', async () => {
      const old = {
        authentication: {
          method: 'password',
          phishingResistant: false,
          observedAt: Date.now() - 120_000,
        },
      } as const
      const { cookie } = await world.signIn('bob', 'vault.localhost', old)
      const response = await world.request('vault.localhost', '/', {
        headers: { cookie, ...browser },
      })
      assert.equal(response.statusCode, 303)
      assert.match(String(response.headers['location']), /[?&]fresh=1/)
      const program = await world.request('vault.localhost', '/', { headers: { cookie } })
      assert.equal(program.statusCode, 401)
      assert.match(
        String(program.headers['www-authenticate']),
        /error="insufficient_user_authentication"/,
      )
    })

    it('does not send in circles whoever has just signed in and is still too weak', async () => {
      const weak = { authentication: { method: 'persona', phishingResistant: false } } as const
      const { cookie } = await world.signIn('bob', 'vault.localhost', weak)
      const response = await world.request('vault.localhost', '/', {
        headers: { cookie, ...browser },
      })
      assert.equal(response.statusCode, 401)
      assert.match(await response.body.text(), /Vault needs a fresh sign-in/)
    })
  })

  describe('the end of a sign-in', () => {
    const begin = async (returnTo: string) => {
      const started = await world.request('wiki.localhost', '/', { headers: browser })
      const flow = flowOf(started.headers['set-cookie'])
      const code = newToken()
      world.plane.expectHandoff({
        code,
        flow: flowHash(flow),
        host: 'wiki.localhost',
        returnTo,
        redeem: () => {
          const token = newToken()
          void world.signIn('bob', 'wiki.localhost')
          return token
        },
      })
      return { flow, code, path: `/.countersign/callback?code=${code}` }
    }

    it('gives the browser that began it a session of its own, and forgets the challenge', async () => {
      const { flow, path } = await begin('/page?x=1')
      const cookie = `__Host-countersign-flow=${flow}`
      const response = await world.request('wiki.localhost', path, { headers: { cookie } })
      assert.equal(response.statusCode, 303)
      assert.equal(response.headers['location'], '/page?x=1')
      const [session, cleared] = [response.headers['set-cookie'] ?? []].flat()
      assert.match(
        session ?? '',
        /^__Host-countersign=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax$/,
      )
      assert.match(cleared ?? '', /^__Host-countersign-flow=; Path=\/; Max-Age=0;/)
    })

    it('gives nothing to another browser', async () => {
      const { path } = await begin('/')
      const stolen = await world.request('wiki.localhost', path)
      assert.equal(stolen.statusCode, 410)
      const other = await world.request('wiki.localhost', path, {
        headers: { cookie: `__Host-countersign-flow=${newToken()}` },
      })
      assert.equal(other.statusCode, 410)
      assert.equal(other.headers['set-cookie'], undefined)
    })

    it('takes a tab that comes second to the page it wanted, and nowhere else', async () => {
      const { cookie } = await world.signIn('bob', 'wiki.localhost')
      const headers = { cookie }
      const rows = [
        ['/page?x=1&y=%2F', '/page?x=1&y=%2F'],
        ['//evil.example/', '/'],
        ['https://evil.example/', '/'],
        ['', '/'],
      ] as const
      for (const [wanted, location] of rows) {
        const query = new URLSearchParams({ code: newToken(), return: wanted })
        const path = `/.countersign/callback?${query.toString()}`
        const response = await world.request('wiki.localhost', path, { headers })
        assert.equal(response.statusCode, 303)
        assert.equal(response.headers['location'], location)
        assert.equal(response.headers['set-cookie'], undefined)
      }
    })

    it('gives nothing a second time, and nothing at another host', async () => {
      const { flow, path } = await begin('/')
      const headers = { cookie: `__Host-countersign-flow=${flow}` }
      assert.equal((await world.request('vault.localhost', path, { headers })).statusCode, 410)
      assert.equal((await world.request('wiki.localhost', path, { headers })).statusCode, 410)
    })

    for (const returnTo of [
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example/',
      '\\\\evil.example',
      '/\t/evil.example',
      '/%0d%0a\r\nSet-Cookie: x=y',
      'javascript:alert(1)',
      '',
    ]) {
      it(`goes to the front page rather than to \`${JSON.stringify(returnTo)}\``, async () => {
        const { flow, path } = await begin(returnTo)
        const response = await world.request('wiki.localhost', path, {
          headers: { cookie: `__Host-countersign-flow=${flow}` },
        })
        assert.equal(response.headers['location'], '/')
        assert.equal(response.headers['x'], undefined)
      })
    }
  })

  it('waits for what our own application changed, so that its next request sees it', async () => {
    world.handle((_, response) => {
      const change = async (): Promise<void> => {
        const sequence = await world.plane.put()
        response.writeHead(200, { 'countersign-sequence': String(sequence) })
        response.end('changed')
      }
      void change()
    })
    const response = await world.request('countersign.localhost', '/')
    assert.equal(
      world.running.gateway.facts.sequence >= Number(response.headers['countersign-sequence']),
      true,
    )
    assert.equal(await response.body.text(), 'changed')
    world.handle((_, response) => response.end('hello'))
  })

  it('shows what it does in numbers, and that it is ready', async () => {
    const operate = `http://127.0.0.1:${world.running.operateAddress.port}`
    assert.equal((await fetch(`${operate}/readyz`)).status, 200)
    assert.equal((await fetch(`${operate}/healthz`)).status, 200)
    assert.equal((await fetch(`${operate}/nothing`)).status, 404)
    const metrics = await (await fetch(`${operate}/metrics`)).text()
    assert.match(metrics, /^countersign_decisions_total\{verdict="deny"\} [1-9]/m)
    assert.match(metrics, /^countersign_feed_sequence [1-9]/m)
    assert.match(metrics, /^countersign_decision_seconds_count [1-9]/m)
  })
})

function flowOf(cookies: string | string[] | undefined): string {
  const [cookie] = [cookies ?? []].flat()
  const flow = /^__Host-countersign-flow=([\w-]{43}); .*HttpOnly; Secure/.exec(cookie ?? '')?.[1]
  assert.ok(flow)
  return flow
}

function linksOnDisk(world: World): readonly Link[] {
  const directory = join(world.dataDir, 'gateway', 'decisions')
  return readdirSync(directory)
    .sort()
    .flatMap((file) => readFileSync(join(directory, file), 'utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as Link)
}

function recordsOnDisk(world: World): readonly DecisionRecord[] {
  return linksOnDisk(world).map(({ record }) => record as DecisionRecord)
}
