// Whatever happens to the gateway that is asked, a real proxy with our configuration lets nothing pass
// that was not clearly allowed; and each program accepts its configuration without a remark.
import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { planOf } from '@countersign/contract/proxy-config/plan'
import { lacking } from '../../../test/parts.ts'
import { Front, readAnswer, secret } from './front.fake.ts'
import { lint, runnable, startProxy } from './proxies.fake.ts'

for (const kind of runnable) {
  describe(`in front of ${kind}, with a gateway that fails`, { skip: await lacking(kind) }, () => {
    const cases: readonly (readonly [string, RequestListener])[] = [
      ['answers 200 to everything', (_, response) => response.end('welcome')],
      ['answers 204', (_, response) => response.writeHead(204).end()],
      ['answers 500', (_, response) => response.writeHead(500).end()],
      [
        'says deny with 200',
        (_, response) => response.setHeader('countersign-verdict', 'deny').end(),
      ],
      [
        'answers with a redirect to itself',
        (_, response) => response.writeHead(307, { location: '/' }).end(),
      ],
      [
        'answers with more than is read',
        (_, response) => response.writeHead(200, { 'x-huge': 'x'.repeat(60_000) }).end(),
      ],
      ['answers garbage', (_, response) => response.socket?.end('\u0000\u0001garbage\r\n\r\n')],
      ['breaks off', (request) => request.socket.destroy()],
      ['never answers', () => {}],
    ]
    for (const [name, listener] of cases) {
      it(`nothing passes where it ${name}`, async (t) => {
        let reached = 0
        const application = createServer((_, response) => {
          reached++
          response.end('the application')
        }).listen(0, '127.0.0.1')
        const gateway = createServer({ maxHeaderSize: 65_536 }, listener).listen(0, '127.0.0.1')
        t.after(() => {
          for (const server of [application, gateway]) {
            server.closeAllConnections()
            server.close()
          }
        })
        const portOf = (server: typeof gateway) => (server.address() as AddressInfo).port
        const proxy = await startProxy(kind, (port) =>
          planOf({
            applications: [
              {
                id: 'open',
                name: 'Open',
                tier: 2,
                hosts: ['open.localhost'],
                upstream: `http://127.0.0.1:${portOf(application)}`,
                kind: 'web',
                groups: [],
              },
            ],
            listen: `127.0.0.1:${port}`,
            certificate: undefined,
            key: undefined,
            gateway: `127.0.0.1:${portOf(gateway)}`,
            external: `127.0.0.1:${portOf(gateway)}`,
            secret,
          }),
        )
        t.after(() => proxy.stop())
        const bytes = await proxy.exchange(
          'GET / HTTP/1.1\r\nHost: open.localhost\r\nConnection: close\r\n\r\n',
        )
        assert.equal(reached, 0, bytes)
        assert.doesNotMatch(bytes, /the application/)
        assert.ok(!(readAnswer(bytes).status < 300), bytes)
      })
    }

    it('nothing passes where it is down', async () => {
      const front = await Front.begin(kind)
      try {
        await front.world.stopGateway()
        const answer = await front.get('open.localhost', '/')
        assert.ok(answer.status >= 500, String(answer.status))
        assert.equal(front.seen.length, 0)
      } finally {
        await front.end()
      }
    })
  })

  describe(`the configuration of ${kind}`, { skip: await lacking(kind) }, () => {
    it('is one that the program itself accepts, with nothing to remark', async () => {
      const { code, said } = await lint(
        kind,
        planOf({
          applications: [
            {
              id: 'team/pay+roll@1',
              name: 'evil; } name {',
              tier: 1,
              hosts: ['a.example.com', 'b.example.com'],
              upstream: 'https://127.0.0.1:8443',
              kind: 'web',
              groups: [],
            },
          ],
          listen: '8443',
          certificate: undefined,
          key: undefined,
          gateway: '127.0.0.1:7400',
          external: '127.0.0.1:7403',
          secret,
        }),
      )
      assert.equal(code, 0, said)
      // The tests themselves switch automatic certificates off.
      assert.doesNotMatch(
        said.replace(/^.*automatic HTTPS is completely disabled.*$/m, ''),
        /warn/i,
      )
    })
  })
}
