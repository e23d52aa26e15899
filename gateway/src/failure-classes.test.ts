// The ways in which gateways of this kind have failed, each tried on this one. The table of
// docs/gateway-failures.md says of every class which tests hold it, or why it does not apply.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type DecisionRecord, summarise } from '@countersign/contract/decision'
import { newToken } from './control-plane.fake.ts'
import { policies, releaseOf } from './policies.fake.ts'
import { flowHash } from './steps/begin-sign-in.ts'
import { application, inhabitants, World } from './world.fake.ts'

const root = join(import.meta.dirname, '../..')
const browser = { accept: 'text/html', 'sec-fetch-mode': 'navigate' }
const close = 'Connection: close\r\n\r\n'

let world: World
before(async () => {
  world = await World.begin()
})
after(() => world.end())
beforeEach(() => {
  world.seen.length = 0
  world.handle((_, response) => response.end('hello'))
})

describe('class 1, paths that mean another thing further on:', () => {
  for (const path of [
    '/public/../admin',
    '/public/./admin',
    '/public/%2e%2e/admin',
    '/public/.%2E/admin',
    '/public%2f..%2fadmin',
    '//admin',
    '/public//admin',
    '/public\\..\\admin',
    '/public/%5c../admin',
    '/public/..;/admin',
    '/public/%252e%252e/admin',
    '/%c0%ae%c0%ae/admin',
    '/admin%00',
  ]) {
    it(`\`${path}\` is refused and reaches nothing`, async () => {
      assert.equal(await statusOf('open.localhost', path), 400)
      assert.equal(world.seen.length, 0)
    })
  }

  it('a policy sees the path that the application gets', async () => {
    for (const path of ['/adm%69n', '/ADMIN', '/a+b', '/a%20b', '/.hidden', '/a...b']) {
      const response = await world.request('open.localhost', path)
      assert.equal(response.statusCode, 200)
      assert.equal(
        decodeURIComponent(pathOnRecord(await recordOf(response.headers))),
        decodeURIComponent(world.seen.at(-1)?.url ?? ''),
      )
    }
  })
})

describe('class 2, a fragment in a target:', () => {
  it('neither `#` nor `%23` in a path passes', async () => {
    for (const path of ['/admin#/public', '/admin%23/public', '/#', 'http://open.localhost/a#b']) {
      assert.equal(await statusOf('open.localhost', path), 400)
    }
    assert.equal(world.seen.length, 0)
  })
})

describe('class 3, a query that stands for a path:', () => {
  it('is no part of the path that policies see', async () => {
    for (const target of ['/admin?/public', '/admin?x=/../public', '/admin?.css', '/admin?a?b']) {
      const response = await world.request('open.localhost', target)
      assert.equal(pathOnRecord(await recordOf(response.headers)), '/admin')
      assert.equal(world.seen.at(-1)?.url, target)
    }
    assert.equal(await statusOf('open.localhost', '/admin%3f/public'), 400)
  })

  it('does not reach the corner that the gateway keeps for itself, nor get around it', async () => {
    assert.equal(await statusOf('payroll.localhost', '/?/.countersign/jwks.json'), 401)
    assert.equal(await statusOf('open.localhost', '/.countersign/x?/public'), 404)
  })
})

describe('class 4, a malformed request that counts as a good one:', () => {
  it('no malformed request is answered with a success', async () => {
    const host = 'Host: payroll.localhost\r\n'
    for (const bytes of [
      'GET / HTTP/1.1\r\n\r\n',
      `GET  HTTP/1.1\r\n${host}${close}`,
      `GET /${'%'.repeat(3)} HTTP/1.1\r\n${host}${close}`,
      `GET ? HTTP/1.1\r\n${host}${close}`,
      `\0 / HTTP/1.1\r\n${host}${close}`,
      `GET / HTTP/9.9\r\n${host}${close}`,
      `GET / HTTP/0.9\r\n${host}${close}`,
      `GET / HTTP/2.0\r\n${host}${close}`,
      `GET /a%ff HTTP/1.1\r\n${host}${close}`,
      `GET / HTTP/1.1\r\n${host}Authorization:\0\r\n${close}`,
      `GET / HTTP/1.1\r\nHost: payroll.localhost:99999\r\n${close}`,
    ]) {
      assert.match(await world.exchange(bytes), /^HTTP\/1\.1 4\d\d /, JSON.stringify(bytes))
    }
    assert.equal(world.seen.length, 0)
  })
})

describe('class 5, a malformed cookie that lets in without an identity:', () => {
  it('a cookie that cannot be read is nobody, and nobody is refused', async () => {
    const value = newToken()
    for (const cookie of [
      '__Host-countersign',
      '__Host-countersign=',
      '__Host-countersign=%',
      `__Host-countersign="${value}"`,
      `__host-countersign=${value}`,
      `__Host-countersign=${value}${'='.repeat(500)}`,
      `=__Host-countersign=${value}`,
      '\xff=\xfe',
    ]) {
      const answer = await world.exchange(
        `GET / HTTP/1.1\r\nHost: wiki.localhost\r\nCookie: ${cookie}\r\n${close}`,
      )
      assert.match(answer, /^HTTP\/1\.1 401 /, cookie)
    }
    assert.equal(world.seen.length, 0)
  })
})

describe('class 6, forwarded addresses that a client makes up:', () => {
  const spoofed = {
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    'x-forwarded-uri': '/public',
    'x-forwarded-port': '1',
    'x-forwarded-prefix': '/evil',
    'x-forwarded-method': 'GET',
    'x-original-url': '/public',
    'x-rewrite-url': '/public',
    'x-http-method-override': 'DELETE',
    forwarded: 'for=6.6.6.6;host=evil.example',
  }

  it('the application hears where a request came from and went to from us alone', async () => {
    await world.request('open.localhost', '/a', { headers: spoofed })
    const { headers } = last()
    assert.equal(headers['x-forwarded-host'], `open.localhost:${world.port}`)
    assert.equal(headers['x-forwarded-proto'], 'http')
    for (const name of Object.keys(spoofed)) {
      if (/^x-forwarded-(?:host|proto)$/.test(name)) continue
      assert.equal(headers[name], undefined, name)
    }
  })

  it('a sign-in returns to the real address, and decides about the real path', async () => {
    const response = await world.request('wiki.localhost', '/a', {
      headers: { ...browser, ...spoofed },
    })
    assert.equal(response.statusCode, 303)
    assert.doesNotMatch(JSON.stringify(response.headers), /evil/)
    assert.equal(await statusOf('payroll.localhost', '/', spoofed), 401)
  })
})

describe('class 7, a client address that a client makes up:', () => {
  it('policies, records and applications know the address of the connection', async () => {
    for (const claimed of [
      '10.0.0.1',
      'garbage',
      '',
      '::1, 10.0.0.1',
      '127.0.0.1\t',
      '10.0.0.1:80',
    ]) {
      const response = await world.request('open.localhost', '/', {
        headers: { 'x-forwarded-for': claimed, 'x-real-ip': claimed, 'true-client-ip': claimed },
      })
      const { context } = await recordOf(response.headers)
      assert.match(JSON.stringify(context), /127\.0\.0\.1/)
      assert.doesNotMatch(JSON.stringify(context), /10\.0\.0\.1|garbage/)
      assert.equal(last().headers['x-forwarded-for'], '127.0.0.1')
      assert.equal(last().headers['x-real-ip'], undefined)
      assert.equal(last().headers['true-client-ip'], undefined)
    }
  })
})

describe('class 8, an identity of the client’s making, where we have none to set:', () => {
  it('an anonymous request arrives as anonymous', async () => {
    await world.request('open.localhost', '/', {
      headers: {
        'countersign-assertion': 'forged',
        'x-countersign-user': 'root',
        'remote-user': 'root',
        'x-remote-user': 'root',
        'x-forwarded-user': 'root',
        'x-auth-request-email': 'root@example.com',
        'x-webauth-user': 'root',
      },
    })
    const { headers, rawHeaders } = last()
    assert.equal(claimsOf(headers['countersign-assertion']).sub, 'Anonymous::"anonymous"')
    assert.doesNotMatch(rawHeaders.join('\n'), /root|forged/)
  })
})

describe('class 9, another spelling of our headers:', () => {
  it('is refused with `_` and with `.`, in any case', async () => {
    for (const name of [
      'countersign_assertion',
      'X_Forwarded_For',
      'Content_Length',
      'remote.user',
    ]) {
      assert.equal(await statusOf('open.localhost', '/', { [name]: 'x' }), 400, name)
    }
    assert.equal(world.seen.length, 0)
  })
})

describe('class 10, `Connection` that takes away what we said:', () => {
  it('our headers arrive although they are named in it', async () => {
    await world.exchange(
      `GET / HTTP/1.1\r\nHost: open.localhost\r\nConnection: close, countersign-assertion, x-forwarded-for, x-forwarded-host, host, cookie\r\nCookie: a=b\r\n\r\n`,
    )
    const { headers } = last()
    assert.ok(headers['countersign-assertion'])
    assert.equal(headers['x-forwarded-for'], '127.0.0.1')
    assert.equal(headers.host, 'open.localhost')
    assert.equal(headers.cookie, 'a=b')
  })
})

describe('class 11, one of two headers:', () => {
  it('two that decide something are refused, whichever is first', async () => {
    for (const pair of [
      'Host: open.localhost\r\nHost: wiki.localhost\r\n',
      'Host: open.localhost\r\nAuthorization: a\r\nAuthorization: b\r\n',
      'Host: open.localhost\r\nOrigin: a\r\nOrigin: b\r\n',
      'Host: open.localhost\r\nContent-Type: a\r\nContent-Type: b\r\n',
    ]) {
      assert.match(await world.exchange(`GET / HTTP/1.1\r\n${pair}${close}`), /^HTTP\/1\.1 400 /)
    }
    assert.equal(world.seen.length, 0)
  })

  it('two sessions are no session', async () => {
    const { token } = await world.signIn('bob', 'wiki.localhost')
    const cookie = (value: string) => `Cookie: __Host-countersign=${value}\r\n`
    for (const both of [cookie(token) + cookie(newToken()), cookie(token) + cookie(token)]) {
      const answer = await world.exchange(
        `GET / HTTP/1.1\r\nHost: wiki.localhost\r\n${both}${close}`,
      )
      assert.match(answer, /^HTTP\/1\.1 401 /)
    }
  })
})

describe('class 12, a way past for monitors and preflights:', () => {
  it('no method, path or agent is let by unasked', async () => {
    for (const method of ['OPTIONS', 'HEAD', 'GET', 'POST', 'PROPFIND'] as const) {
      for (const path of ['/healthz', '/ping', '/favicon.ico', '/robots.txt', '/.well-known/x']) {
        const response = await world.request('payroll.localhost', path, {
          method: method as 'GET',
          headers: {
            'user-agent': 'kube-probe/1.30',
            origin: 'https://payroll.localhost',
            'access-control-request-method': 'GET',
          },
        })
        await response.body.dump()
        assert.equal(response.statusCode, 401, `${method} ${path}`)
      }
    }
    assert.equal(world.seen.length, 0)
  })
})

describe('class 13, names in another case or with more than one `@`:', () => {
  it('a host in capitals is the same host, and one with `@` is none', async () => {
    const { cookie } = await world.signIn('bob', 'wiki.localhost')
    assert.match(await raw('WIKI.LocalHost', cookie), /^HTTP\/1\.1 200 /)
    for (const host of [
      'a@wiki.localhost',
      'wiki.localhost@payroll.localhost',
      'wiki.localhost.',
    ]) {
      assert.match(await raw(host, cookie), /^HTTP\/1\.1 400 /, host)
    }
    // U+212A is a `k` in small letters to whoever folds case by Unicode.
    assert.match(await raw('wi\xe2\x84\xaai.localhost', cookie), /^HTTP\/1\.1 400 /)
  })
})

describe('class 14, an answer kept for another question:', () => {
  it('is asked anew at every request, for every application', async () => {
    const { cookie, session } = await world.signIn('bob', 'wiki.localhost')
    const first = await world.request('wiki.localhost', '/', { headers: { cookie } })
    const second = await world.request('wiki.localhost', '/', { headers: { cookie } })
    assert.notEqual(first.headers['countersign-decision'], second.headers['countersign-decision'])
    assert.equal(await statusOf('payroll.localhost', '/', { cookie }), 401)
    await world.plane.put({ kind: 'release', document: releaseOf([], 2) })
    await world.settle()
    assert.equal(await statusOf('wiki.localhost', '/', { cookie }), 403)
    await world.plane.put({ kind: 'release', document: releaseOf(policies, 3) })
    await world.settle()
    assert.equal(await statusOf('wiki.localhost', '/', { cookie }), 200)
    await world.plane.remove('session', session)
    await world.settle()
    assert.equal(await statusOf('wiki.localhost', '/', { cookie }), 401)
  })

  it('no refusal may be kept by a browser or a cache', async () => {
    const refused = await world.request('payroll.localhost', '/')
    assert.equal(refused.headers['cache-control'], 'no-store')
  })

  it('what we say about a person is for one application', async () => {
    const audiences: unknown[] = []
    for (const id of ['wiki', 'vault']) {
      const { cookie } = await world.signIn('bob', `${id}.localhost`)
      await world.request(`${id}.localhost`, '/', { headers: { cookie } })
      audiences.push(claimsOf(last().headers['countersign-assertion']).aud)
    }
    assert.deepEqual(audiences, ['wiki', 'vault'])
  })
})

describe('class 15, a session that outlives its end:', () => {
  it('the next request and the stream that is open end with it', async () => {
    world.handle((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
    })
    const { cookie, session } = await world.signIn('bob', 'wiki.localhost')
    const stream = await world.request('wiki.localhost', '/events', { headers: { cookie } })
    const broken = assert.rejects(stream.body.text())
    await world.plane.remove('session', session)
    await broken
    assert.equal(await statusOf('wiki.localhost', '/', { cookie }), 401)
  })
})

describe('class 16, a way back that leads elsewhere:', () => {
  for (const returnTo of [
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'https://evil.example/',
    'https:evil.example',
    '@evil.example',
    '.evil.example',
    '\u0000//evil.example',
  ]) {
    it(`${JSON.stringify(returnTo)} leads to the front page`, async () => {
      const [flow, code] = [newToken(), newToken()]
      world.plane.expectHandoff({
        code,
        flow: flowHash(flow),
        host: 'wiki.localhost',
        returnTo,
        redeem: newToken,
      })
      const response = await world.request(
        'wiki.localhost',
        `/.countersign/callback?code=${code}`,
        {
          headers: { cookie: `__Host-countersign-flow=${flow}` },
        },
      )
      assert.equal(response.statusCode, 303)
      assert.equal(response.headers['location'], '/')
    })
  }
})

describe('class 17, a credential that counts where it was not meant:', () => {
  it('a session of one host is nobody at another', async () => {
    const { cookie } = await world.signIn('bob', 'wiki.localhost')
    assert.equal(await statusOf('vault.localhost', '/', { cookie }), 401)
    assert.equal(await statusOf('countersign.localhost', '/', { cookie }), 200)
    assert.equal(claimsOf(last().headers['countersign-assertion']).sub, 'Anonymous::"anonymous"')
  })

  it('what we say to an application is no credential with us', async () => {
    const { cookie } = await world.signIn('bob', 'wiki.localhost')
    await world.request('wiki.localhost', '/', { headers: { cookie } })
    const assertion = String(last().headers['countersign-assertion'])
    for (const headers of [
      { authorization: `Bearer ${assertion}` },
      { 'countersign-assertion': assertion },
      { cookie: `__Host-countersign=${assertion}` },
      { 'proxy-authorization': `Bearer ${assertion}` },
    ]) {
      const status = await statusOf('vault.localhost', '/', headers)
      assert.ok(status === 401 || status === 400, `${Object.keys(headers)[0]} gives ${status}`)
    }
  })
})

describe('class 18, answers and bodies made to fill memory:', () => {
  it('nothing is unpacked on the way: what is packed passes as it is', async () => {
    const bomb = gzipSync(Buffer.alloc(4 * 1024 * 1024))
    world.handle((request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' })
      request.pipe(response)
    })
    const response = await world.request('open.localhost', '/', {
      method: 'POST',
      headers: { 'content-encoding': 'gzip' },
      body: bomb,
    })
    assert.deepEqual(Buffer.from(await response.body.arrayBuffer()), bomb)
  })

  it('an answer whose head is too large is none', async () => {
    world.handle((_, response) => {
      response.writeHead(200, { 'x-large': 'a'.repeat(80_000) })
      response.end()
    })
    assert.equal(await statusOf('open.localhost', '/'), 502)
  })

  it('a chunk extension that does not end is refused', async () => {
    const answer = await world.exchange(
      `POST / HTTP/1.1\r\nHost: open.localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(100_000)}`,
    )
    assert.match(answer, /^HTTP\/1\.1 4\d\d |^$/)
  })
})

describe('class 22, a grant for one thing used for another:', () => {
  it('the token of a program for tunnels opens no page', async () => {
    const { token } = await world.signInProgram('bob')
    assert.equal(
      await statusOf('wiki.localhost', '/', { cookie: `__Host-countersign=${token}` }),
      401,
    )
    const host = 'countersign.localhost'
    await world.request(host, '/', { headers: { cookie: `__Host-countersign=${token}` } })
    assert.equal(claimsOf(last().headers['countersign-assertion']).sub, 'Anonymous::"anonymous"')
  })
})

describe('class 23, bytes that are another request to another reader:', () => {
  const host = 'Host: open.localhost\r\n'
  const next = `GET /next HTTP/1.1\r\n${host}${close}`

  it('a request line that only HTTP/0.9 would have is refused', async () => {
    assert.match(await world.exchange(`GET /aHTTP/1.1\r\n${host}${close}`), /^HTTP\/1\.1 400 /)
    assert.equal(world.seen.length, 0)
  })

  it('nothing behind a request whose end is disputed is taken for a request', async () => {
    for (const framing of [
      'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'Expect: nothing\r\nContent-Length: 0\r\n\r\n',
    ]) {
      const answer = await world.exchange(`POST /a HTTP/1.1\r\n${host}${framing}${next}`)
      assert.match(answer, /^HTTP\/1\.1 400 /)
      assert.equal(answer.match(/^HTTP\/1\.1 /gm)?.length, 1, answer)
    }
    assert.equal(world.seen.length, 0)
  })

  it('a request that declines an upgrade is the last on its connection', async () => {
    const answer = await world.exchange(
      `GET /a HTTP/1.1\r\n${host}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n${next}`,
    )
    assert.match(answer, /^HTTP\/1\.1 200 [^]*connection: close/i)
    assert.deepEqual(
      world.seen.map(({ url }) => url),
      ['/a'],
    )
  })

  it('what does not parse takes nothing from the answer to the request before it', async () => {
    const finish: (() => void)[] = []
    world.handle((_, response) => finish.push(() => response.end('late')))
    const answer = world.exchange(
      `POST /a HTTP/1.1\r\n${host}Content-Length: 1\r\n\r\nx\0 / rubbish\r\n\r\n`,
    )
    await until(() => finish.length === 1)
    finish[0]?.()
    assert.match(await answer, /^HTTP\/1\.1 200 [^]*late$/)
  })

  it('requests on one connection are entered one after another, and only so many wait', async () => {
    const finish: (() => void)[] = []
    world.handle((_, response) => finish.push(() => response.end('hello')))
    const socket = await world.dial()
    socket.on('error', () => {})
    socket.resume()
    const one = `GET /a HTTP/1.1\r\n${host}\r\n`
    socket.write(one.repeat(3))
    await until(() => finish.length === 1)
    finish[0]?.()
    await until(() => finish.length === 2)
    assert.equal(world.seen.length, 2)
    socket.write(one.repeat(200))
    await new Promise((resolve) => socket.once('close', resolve))
    assert.equal(world.seen.length, 2)
  })

  it('a body that is there before the answer does not become a request', async () => {
    const inner = `GET /inner HTTP/1.1\r\n${host}\r\n`
    const answer = await world.exchange(
      `POST /a HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: ${inner.length}\r\n\r\n${inner}${next}`,
    )
    assert.match(answer, /hello[^]*hello$/)
    assert.deepEqual(
      world.seen.map(({ url }) => url),
      ['/a', '/next'],
    )
  })
})

describe('class 24, a gap in the configuration that lets in:', () => {
  it('whatever is missing, the answer is a refusal', async (t) => {
    const own = await World.begin({ withoutGateway: true })
    t.after(() => own.end())
    await own.plane.remove('release', 'current')
    await own.plane.put(application('bare', own.upstream), application('nowhere', own.upstream))
    await own.plane.remove('application', 'nowhere')
    await own.startGateway()
    const status = async (host: string) => (await own.request(host, '/')).statusCode
    // Without policies nothing is permitted, not even what everybody could reach.
    assert.equal(await status('open.localhost'), 401)
    assert.equal(await status('nowhere.localhost'), 421)
    await until(() => own.plane.followers === 1)
    await own.plane.put({ kind: 'release', document: releaseOf(policies) })
    await own.settle()
    assert.equal(await status('open.localhost'), 200)
    // An application that no policy speaks of is closed, to whom it knows as well.
    const { cookie } = await own.signIn('ada', 'bare.localhost')
    assert.equal(
      (await own.request('bare.localhost', '/', { headers: { cookie } })).statusCode,
      403,
    )
  })

  it('a policy that cannot be evaluated permits nothing', async (t) => {
    const own = await World.begin({ withoutGateway: true })
    t.after(() => own.end())
    const open = policies.find(({ id }) => id === 'api-open')
    assert.ok(open)
    const missing = {
      '.': { left: { '.': { left: { Var: 'context' }, attr: 'absent' } }, attr: 'absent' },
    } as const
    const broken = {
      ...open,
      est: { ...open.est, conditions: [{ kind: 'when', body: missing } as const] },
    }
    await own.plane.put(...inhabitants(own.upstream))
    await own.plane.put({ kind: 'release', document: releaseOf([broken], 2) })
    await own.startGateway()
    assert.equal((await own.request('open.localhost', '/')).statusCode, 401)
  })
})

describe('class 25, enforcement that someone can switch off:', () => {
  it('a policy that is only observed permits nothing, and no setting turns the rest off', async (t) => {
    const own = await World.begin({ withoutGateway: true })
    t.after(() => own.end())
    const observed = policies.map((policy) => ({ ...policy, stage: { kind: 'observe' } as const }))
    await own.plane.put({ kind: 'release', document: releaseOf(observed, 2) })
    await own.startGateway()
    const response = await own.request('open.localhost', '/')
    assert.equal(response.statusCode, 401)
    const settings = readFileSync(join(root, 'docs/settings.md'), 'utf8')
    assert.doesNotMatch(settings, /`COUNTERSIGN_[A-Z_]*(?:BYPASS|DISABLE|INSECURE|ALLOW_ALL|SKIP)/)
  })
})

describe('the table of failures', () => {
  it('has a row for each class, which names tests that exist or says why there are none', () => {
    const page = readFileSync(join(root, 'docs/gateway-failures.md'), 'utf8')
    const rows = page.split('\n').filter((line) => /^\| \d+ /.test(line))
    assert.deepEqual(
      rows.map((row) => Number(/\d+/.exec(row)?.[0])),
      Array.from({ length: 25 }, (_, index) => index + 1),
    )
    const named = /`([^`]+\.test\.ts)`((?:,? “[^”]+”)+)/g
    for (const row of rows) {
      assert.ok(row.match(named) || row.includes('does not apply:'), row)
    }
    for (const [, file = '', titles = ''] of page.matchAll(named)) {
      assert.ok(existsSync(join(root, file)), `there is no ${file}`)
      const source = readFileSync(join(root, file), 'utf8')
      for (const [, title = ''] of titles.matchAll(/“([^”]+)”/g)) {
        assert.ok(source.includes(title), `${file} has no test “${title}”`)
      }
    }
  })
})

async function statusOf(
  host: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const answer = await world.exchange(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${lines.join('')}${close}`,
  )
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1])
}

function raw(host: string, cookie: string): Promise<string> {
  return world.exchange(`GET / HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\n${close}`)
}

/** The request that the application saw last. */
function last(): IncomingMessage {
  const request = world.seen.at(-1)
  assert.ok(request, 'the application saw nothing')
  return request
}

function claimsOf(assertion: string | readonly string[] | undefined) {
  const [, payload = ''] = String(assertion).split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
    readonly sub?: string
    readonly aud?: string
  }
}

/** What is on record of the decision that an answer names. */
async function recordOf(headers: Readonly<Record<string, unknown>>): Promise<DecisionRecord> {
  const { decisions } = world.running.gateway
  const { lines } = decisions.read(decisions.start, Infinity)
  const records = lines.map(
    (line) => (JSON.parse(String(line)) as { record: DecisionRecord }).record,
  )
  const record = records.find(({ id }) => id === headers['countersign-decision'])
  assert.ok(record, 'the decision is not on record')
  return record
}

function pathOnRecord(record: DecisionRecord): string {
  return summarise(record).path
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
