// Real proxies run the configuration that we generate, in front of an application that records what
// reaches it. Each test is one of the ways in which such setups were walked around elsewhere.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accessTokenType } from '@countersign/contract/access-token'
import { holes, judgeAnswer, ordinary } from '@countersign/contract/proxy-config/holes'
import { decodeJwt } from 'jose'
import { newToken } from '#control-plane.fake'
import { flowHash } from '#steps/begin-sign-in'
import { lacking } from '../../../test/parts.ts'
import { externalPort, Front, readAnswer, secret } from './front.fake.ts'
import { exchange, runnable } from './proxies.fake.ts'

const browser = ['Accept: text/html', 'Sec-Fetch-Mode: navigate']

for (const kind of runnable) {
  describe(`in front of ${kind}`, { skip: await lacking(kind) }, () => {
    let front: Front
    before(async () => {
      front = await Front.begin(kind)
    })
    after(() => front.end())

    /** A request that must not reach the application; gives what the client saw. */
    async function unreached(...request: Parameters<Front['get']>) {
      const before = front.seen.length
      const answer = await front.get(...request)
      assert.equal(front.seen.length, before, `${request.join(' ')} reached the application`)
      return answer
    }

    /** The same, for what the client must be told. */
    async function refused(...request: Parameters<Front['get']>) {
      const answer = await unreached(...request)
      assert.ok(answer.status >= 300, `${request.join(' ')} gave ${answer.status}`)
      return answer
    }

    /** A request that must reach the application; gives what that saw. */
    async function passed(...request: Parameters<Front['get']>) {
      const before = front.seen.length
      const answer = await front.get(...request)
      assert.equal(answer.status, 200, `${request.join(' ')}: ${answer.body}${front.proxy.log()}`)
      assert.equal(front.seen.length, before + 1)
      const seen = front.seen.at(-1)
      assert.ok(seen)
      return seen
    }

    const ada = async (): Promise<string> => {
      const { cookie } = await front.world.signIn('ada', 'payroll.localhost', {
        device: 'laptop-ada',
      })
      return `Cookie: ${cookie}; theme=dark`
    }

    it('a permitted person reaches the application, with our word and without our cookie', async () => {
      const seen = await passed('payroll.localhost', '/a/b?c=d%2Fe', await ada())
      assert.equal(seen.url, '/a/b?c=d%2Fe')
      assert.equal(seen.headers.cookie, 'theme=dark')
      const assertion = String(seen.headers['countersign-assertion'])
      const payload = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString())
      assert.equal(payload.sub, 'Person::"ada"')
      assert.equal(payload.aud, 'payroll')
      assert.equal(payload.cip, '127.0.0.1')
      assert.equal(seen.headers['x-forwarded-for'], '127.0.0.1')
      assert.match(String(seen.headers.host), /^payroll\.localhost/)
      assert.equal(seen.headers['countersign-proxy-secret'], undefined)
    })

    it('what a client says to the application in `Authorization` passes, and what it says to us does not', async () => {
      const basic = 'Basic YWRhOmxvdmVsYWNl'
      const seen = await passed('open.localhost', '/', `Authorization: ${basic}`)
      assert.equal(seen.headers.authorization, basic)
      assert.ok(!('authorization' in (await passed('open.localhost', '/')).headers))
      const hop = await passed('open.localhost', '/', 'Authorization: Basic eDp5')
      assert.equal(hop.headers.authorization, 'Basic eDp5')
      const seconds = Math.floor(Date.now() / 1000)
      const federation = { issuer: 'https://ci.example.org', subject: 'job', audience: 'us' }
      await front.world.plane.put({
        kind: 'workload',
        document: {
          id: 'job',
          name: 'Job',
          class: 'service',
          active: true,
          groups: [],
          federations: [federation],
        },
      })
      await front.world.settle()
      const token = await front.world.plane.sign(accessTokenType, {
        iss: front.world.plane.consoleUrl,
        sub: 'job',
        client_id: 'job',
        aud: 'open',
        iat: seconds,
        exp: seconds + 60,
        jti: 'tok_1',
        federation,
      })
      const job = await passed('open.localhost', '/', `Authorization: Bearer ${token}`)
      assert.ok(!('authorization' in job.headers))
      assert.equal(decodeJwt(String(job.headers['countersign-assertion'])).sub, 'Workload::"job"')
    })

    it('an application that asks for plain headers gets them from us, and from nobody else', async () => {
      const { cookie } = await front.world.signIn('ada', 'wiki.localhost')
      const seen = await passed(
        'wiki.localhost',
        '/',
        `Cookie: ${cookie}`,
        'X-Forwarded-User: root',
        'Authorization: Basic YTpi',
      )
      assert.equal(seen.headers['x-forwarded-user'], 'ada')
      assert.equal(seen.headers['x-company-groups'], 'staff')
      // What the client says to the application is between the two.
      assert.equal(seen.headers.authorization, 'Basic YTpi')
      assert.ok(!seen.headers.cookie, 'our cookie')
      const before = front.seen.length
      await front.get('open.localhost', '/', 'X-Company-Groups: staff')
      const last = front.seen.length > before ? front.seen.at(-1) : undefined
      assert.equal(last?.headers['x-company-groups'], undefined)
      const without = await passed('open.localhost', '/')
      assert.equal(without.headers.authorization, undefined)
    })

    it('a body goes through whole, and the check does not wait for it', async () => {
      let body = ''
      front.world.handle((request, response) => {
        request.on('data', (chunk: Buffer) => (body += chunk.toString()))
        request.on('end', () => response.end(`got ${body.length}`))
      })
      const answer = await front.send(
        'POST /upload',
        'open.localhost',
        ['Content-Length: 100000'],
        'x'.repeat(100_000),
      )
      front.world.handle((_, response) => response.end('hello'))
      assert.match(answer.body, /got 100000/)
    })

    it('a person whom policies refuse gets the page that says why', async () => {
      const { cookie } = await front.world.signIn('bob', 'payroll.localhost')
      const answer = await refused('payroll.localhost', '/', `Cookie: ${cookie}`, ...browser)
      assert.equal(answer.status, 403)
      assert.match(answer.body, /Access to Payroll is refused/)
      assert.match(answer.headers.get('countersign-decision') ?? '', /^dec_/)
      assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/)
    })

    it('a program that is refused gets a problem it can read', async () => {
      const { cookie } = await front.world.signIn('bob', 'payroll.localhost')
      const answer = await refused('payroll.localhost', '/', `Cookie: ${cookie}`)
      assert.equal(answer.status, 403)
      assert.equal(answer.headers.get('content-type'), 'application/problem+json')
      assert.match(answer.body, /"code":"access.denied"/)
    })

    it('a browser that is not signed in is taken to the sign-in and back, with its challenge', async () => {
      const answer = await refused('payroll.localhost', '/report?year=1', ...browser)
      assert.equal(answer.status, 303)
      const location = new URL(answer.headers.get('location') ?? '')
      assert.equal(location.hostname, 'countersign.localhost')
      assert.equal(
        location.searchParams.get('return'),
        'http://payroll.localhost:7400/report?year=1',
      )
      assert.match(answer.headers.get('set-cookie') ?? '', /^__Host-countersign-flow=[\w-]{43};/)
    })

    it('a program that is not signed in is told so', async () => {
      const answer = await refused('payroll.localhost', '/')
      assert.equal(answer.status, 401)
      assert.match(answer.body, /"code":"access.sign_in_required"/)
    })

    it('a sign-in that is too weak is stepped up', async () => {
      const { cookie } = await front.world.signIn('ada', 'vault.localhost', {
        authentication: {
          method: 'password',
          phishingResistant: false,
          observedAt: Date.now() - 3_600_000,
        },
      })
      const answer = await refused('vault.localhost', '/', `Cookie: ${cookie}`, ...browser)
      assert.equal(answer.status, 303)
      assert.equal(new URL(answer.headers.get('location') ?? '').searchParams.get('fresh'), '1')
      const told = await refused('vault.localhost', '/', `Cookie: ${cookie}`)
      assert.equal(told.status, 401)
      assert.match(told.headers.get('www-authenticate') ?? '', /insufficient_user_authentication/)
    })

    it('a sign-in ends at the host of the application, and the next request passes', async () => {
      const started = await front.get('wiki.localhost', '/page?x=1', ...browser)
      const flow = /^__Host-countersign-flow=([\w-]{43});/.exec(
        started.headers.get('set-cookie') ?? '',
      )?.[1]
      assert.ok(flow)
      const { token } = await front.world.signIn('bob', 'wiki.localhost')
      const code = newToken()
      const host = 'wiki.localhost'
      const redeem = () => token
      front.world.plane.expectHandoff({
        code,
        flow: flowHash(flow),
        host,
        returnTo: '/page?x=1',
        redeem,
      })
      const path = `/.countersign/callback?code=${code}`
      const back = await front.get(
        host,
        path,
        `Cookie: __Host-countersign-flow=${flow}`,
        ...browser,
      )
      assert.equal(back.status, 303, back.body)
      assert.equal(back.headers.get('location'), '/page?x=1')
      const [session, cleared] = back.headers.get('set-cookie')?.split('\n') ?? []
      assert.match(cleared ?? '', /^__Host-countersign-flow=; Path=\/; Max-Age=0;/)
      await passed(host, '/page?x=1', `Cookie: ${session?.split(';')[0]}`, ...browser)
    })

    it('an end of session counts from the next request on', async () => {
      const { cookie, session } = await front.world.signIn('ada', 'wiki.localhost')
      await passed('wiki.localhost', '/', `Cookie: ${cookie}`)
      await front.world.plane.remove('session', session)
      await front.world.settle()
      await refused('wiki.localhost', '/', `Cookie: ${cookie}`)
    })

    it('the corner of the gateway is the gateway: its keys are there, and its checks are not', async () => {
      const keys = await front.get('open.localhost', '/.countersign/jwks.json')
      assert.equal(keys.status, 200)
      assert.match(keys.body, /"keys":/)
      for (const target of [
        '/.countersign/check',
        '/.countersign/answer',
        '/.COUNTERSIGN/check',
        '/.countersign',
        '/check/nginx/open',
        '/answer',
      ]) {
        const answer = await front.get('open.localhost', target)
        assert.equal(answer.headers.get('countersign-verdict'), undefined, target)
        assert.equal(answer.headers.get('countersign-assertion'), undefined, target)
      }
    })

    it('class 1 and 2: a target that two readers understand differently is refused', async () => {
      for (const target of [
        '/a/../b',
        '/a/./b',
        '/a/%2e%2e/b',
        '/a%2fb',
        '/a%2Fb',
        '/a%5cb',
        '/a//b',
        '//a',
        '/a;b',
        '/a%3bb',
        '/a#b',
        '/a%23b',
        '/a\\b',
        '/a%00b',
        '/%c0%af',
        '/a%252fb',
        '/x/..%2f.countersign/jwks.json',
      ]) {
        await refused('open.localhost', target)
      }
    })

    it('class 3: a query does not make a path another one', async () => {
      const seen = await passed('open.localhost', '/a?/../b=//;%2f')
      assert.equal(new URL(seen.url ?? '', 'http://local').pathname, '/a')
    })

    it('class 4 and 13: a host in another spelling is the same host, a wrong one is none', async () => {
      await passed('OPEN.localhost', '/')
      // Caddy answers an empty 200 for hosts that it does not serve.
      await unreached('open.localhost.', '/')
      await unreached('nobody.localhost', '/')
      await unreached('open.localhost@payroll.localhost', '/')
      const two = await front.send('GET /', 'open.localhost', ['Host: payroll.localhost'])
      assert.ok(two.status >= 400)
      const other = await front.send('GET http://payroll.localhost/', 'open.localhost', [])
      assert.ok(other.status >= 400, 'a request line that names another host')
    })

    it('class 5: a malformed, doubled or foreign cookie is no identity', async () => {
      const { cookie } = await front.world.signIn('ada', 'wiki.localhost')
      for (const line of [
        'Cookie: __Host-countersign=',
        'Cookie: __Host-countersign=%00; a',
        'Cookie: =; ;;; __Host-countersign',
        `Cookie: ${cookie}; ${cookie}`,
        `Cookie: ${'a=b; '.repeat(400)}__Host-countersign=x`,
      ]) {
        await refused('wiki.localhost', '/', line)
      }
      await refused('payroll.localhost', '/', `Cookie: ${cookie}`)
    })

    it('class 6 and 7: what a client says of itself counts for nothing', async () => {
      const lines = [
        'X-Forwarded-Uri: /elsewhere',
        'X-Forwarded-Method: OPTIONS',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: open.localhost',
        'X-Forwarded-For: 10.0.0.1',
        'X-Forwarded-Port: 1',
        'X-Forwarded-Prefix: /p',
        'Forwarded: for=10.0.0.1',
        'X-Real-IP: 10.0.0.1',
        'X-Original-URL: /elsewhere',
        'Countersign-Original-Target: /elsewhere',
        'Countersign-Original-Authority: open.localhost',
        'Countersign-Original-Address: 10.0.0.1',
        'Countersign-Original-Method: OPTIONS',
      ]
      for (const line of lines) await refused('payroll.localhost', '/', line)
      const seen = await front.get('open.localhost', '/', ...lines)
      const last = seen.status === 200 ? front.seen.at(-1) : undefined
      if (last) {
        assert.equal(last.headers['x-forwarded-for'], '127.0.0.1')
        assert.match(String(last.headers['x-forwarded-host']), /^open\.localhost/)
        assert.equal(last.headers['x-forwarded-proto'], 'http')
        for (const name of ['x-real-ip', 'forwarded', 'x-original-url', 'x-forwarded-prefix']) {
          assert.equal(last.headers[name], undefined, name)
        }
      }
    })

    it('class 8: a spoofed identity never arrives, also where nobody is signed in', async () => {
      const known = [
        'Countersign-Assertion: forged',
        'X-Forwarded-User: root',
        'X-Auth-Request-Email: root@example.com',
        'Remote-User: root',
        'X-Pomerium-Jwt-Assertion: forged',
      ]
      const seen = await passed('open.localhost', '/', ...known)
      assert.match(String(seen.headers['countersign-assertion']), /^eyJ/)
      assert.equal(seen.rawHeaders.filter((it) => /^countersign-assertion$/i.test(it)).length, 1)
      for (const name of ['x-forwarded-user', 'x-auth-request-email', 'remote-user']) {
        assert.equal(seen.headers[name], undefined, name)
      }
      // A member of a family that nobody has listed is removed, or the request is refused.
      const before = front.seen.length
      await front.get('open.localhost', '/', 'X-Auth-Request-Made-Up: root')
      const last = front.seen.length > before ? front.seen.at(-1) : undefined
      assert.equal(last?.headers['x-auth-request-made-up'], undefined)
    })

    it('class 9: an alias of our headers with `_` or `.` never arrives', async () => {
      for (const name of ['Countersign_Assertion', 'countersign.assertion', 'X_Forwarded_User']) {
        const before = front.seen.length
        await front.get('open.localhost', '/', `${name}: forged`)
        const last = front.seen.length > before ? front.seen.at(-1) : undefined
        assert.equal(last?.headers[name.toLowerCase()], undefined, name)
      }
    })

    it('class 10: a `Connection` header takes nothing of ours away', async () => {
      const before = front.seen.length
      const bytes = await front.proxy.exchange(
        'GET / HTTP/1.1\r\nHost: open.localhost\r\nConnection: close, Countersign-Assertion, X-Forwarded-For, Cookie\r\n\r\n',
      )
      assert.equal(readAnswer(bytes).status, 200, bytes)
      assert.equal(front.seen.length, before + 1)
      const seen = front.seen.at(-1)
      assert.match(String(seen?.headers['countersign-assertion']), /^eyJ/)
      assert.equal(seen?.headers['x-forwarded-for'], '127.0.0.1')
    })

    it('class 11: of a header that matters there is one, or the request is refused', async () => {
      await refused('open.localhost', '/', 'Authorization: a', 'Authorization: b')
      await refused('open.localhost', '/', 'Origin: http://a', 'Origin: http://b')
    })

    it('class 12: no method, agent or path is let by unasked', async () => {
      for (const method of ['OPTIONS', 'HEAD', 'PUT', 'PROPFIND', 'TRACE']) {
        const before = front.seen.length
        const answer = await front.send(`${method} /health`, 'payroll.localhost', [
          'User-Agent: kube-probe/1.0',
        ])
        assert.ok(answer.status >= 400, method)
        assert.equal(front.seen.length, before, method)
      }
    })

    it('class 14: one answer is not used for another question', async () => {
      const cookie = await ada()
      await passed('payroll.localhost', '/same', cookie)
      await refused('payroll.localhost', '/same')
      await passed('payroll.localhost', '/same', cookie)
    })

    it('class 16: the way back leads to the application and nowhere else', async () => {
      for (const target of ['/?next=//evil.example', '/@evil.example', '/%40evil.example']) {
        const answer = await front.get('payroll.localhost', target, ...browser)
        assert.equal(answer.status, 303, target)
        const back = new URL(
          new URL(answer.headers.get('location') ?? '').searchParams.get('return') ?? '',
        )
        assert.equal(back.hostname, 'payroll.localhost', target)
      }
    })

    it('class 17 and 24: without the secret the gateway answers nobody', async () => {
      const port = externalPort(front.world)
      for (const line of [
        '',
        'Countersign-Proxy-Secret: wrong\r\n',
        'Countersign-Proxy-Secret: \r\n',
      ]) {
        const bytes = await exchange(
          port,
          `GET /check/${kind}/open HTTP/1.1\r\nHost: x\r\n${line}Connection: close\r\n\r\n`,
        )
        const answer = readAnswer(bytes)
        assert.equal(answer.status, 401)
        assert.equal(answer.headers.get('countersign-verdict'), undefined)
      }
      const twice = `Countersign-Proxy-Secret: ${secret}\r\n`.repeat(2)
      const bytes = await exchange(
        port,
        `GET /check/${kind}/open HTTP/1.1\r\nHost: x\r\n${twice}Connection: close\r\n\r\n`,
      )
      assert.equal(readAnswer(bytes).status, 401)
    })

    it('class 23: bytes behind a request, or lengths that disagree, smuggle nothing', async () => {
      const before = front.seen.length
      for (const bytes of [
        'POST / HTTP/1.1\r\nHost: payroll.localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: open.localhost\r\nConnection: close\r\n\r\n',
        'POST / HTTP/1.1\r\nHost: payroll.localhost\r\nTransfer-Encoding: xchunked\r\nConnection: close\r\n\r\n0\r\n\r\n',
        'GET / HTTP/1.1\r\nHost: payroll.localhost\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\r\n',
      ]) {
        await front.proxy.exchange(bytes)
      }
      const smuggled = front.seen
        .slice(before)
        .filter(({ headers }) => headers.host?.startsWith('payroll'))
      assert.deepEqual(smuggled, [])
    })

    it('none of the ways around a proxy that one can try from outside is open', async () => {
      const before = front.seen.length
      const host = `payroll.localhost:${front.proxy.port}`
      const ordinaryFinding = judgeAnswer(await front.proxy.exchange(ordinary.bytes(host)))
      assert.deepEqual(ordinaryFinding, { kind: 'closed', by: 'gateway', status: 401 })
      for (const hole of holes) {
        const answer = await front.proxy.exchange(hole.bytes(host))
        assert.equal(judgeAnswer(answer).kind, 'closed', `${hole.name}: ${answer.slice(0, 200)}`)
      }
      assert.equal(front.seen.length, before)
    })

    it('a WebSocket is checked when it begins, and joined if that allows it', async () => {
      front.world.application.once('upgrade', (request, socket) => {
        front.world.seen.push(request)
        // RFC 6455 §1.3, for the key of sixteen zeroes.
        const accept = 'ICX+Yqv66kxgM0FcWaLWlFLwTAI='
        socket.end(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\nhi`,
        )
      })
      const shake = (host: string) =>
        `GET /live HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`
      const before = front.seen.length
      const opened = await front.proxy.exchange(shake('open.localhost'))
      assert.match(opened, /^HTTP\/1\.1 101[^]*hi$/)
      assert.match(String(front.seen.at(-1)?.headers['countersign-assertion']), /^eyJ/)
      const refusal = readAnswer(
        await front.proxy.exchange(
          shake('payroll.localhost').replace('Upgrade\r\n', 'Upgrade, close\r\n'),
        ),
      )
      assert.equal(refusal.status, 401)
      assert.equal(front.seen.length, before + 1)
    })
  })
}
