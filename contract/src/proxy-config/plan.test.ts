import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Application } from '../documents.ts'
import { proxies } from '../external.ts'
import { configFiles } from './files.ts'
import { judgeAnswer } from './holes.ts'
import { type Given, PlanFault, planOf } from './plan.ts'

const application: Application = {
  id: 'payroll',
  name: 'Payroll',
  tier: 1,
  hosts: ['payroll.example.com'],
  upstream: 'http://10.0.0.5:8080',
  kind: 'web',
  groups: [],
}

const given: Given = {
  applications: [application],
  listen: '443',
  certificate: undefined,
  key: undefined,
  gateway: '127.0.0.1:7400',
  external: '127.0.0.1:7403',
  secret: 'x'.repeat(40),
}

/** What would end a value, a line, a block or a comment in one of the languages. */
const hostile = [
  'a; }',
  'a\n}',
  'a"b',
  "a'b",
  'a`b',
  'a b',
  'a{b}',
  '${a}',
  '$a',
  'a#b',
  'a\\b',
  'a\u0000b',
  'a%0ab',
  'a|b',
  'a)) || Host(`b`',
  '*',
  '',
]

describe('class 21: a value that does not fit its place is refused', () => {
  for (const value of hostile) {
    it(`${JSON.stringify(value)}, wherever it stands`, () => {
      const of = (more: Partial<Application>) => ({ applications: [{ ...application, ...more }] })
      const places: readonly Partial<Given>[] = [
        of({ id: value }),
        of({ hosts: [value] }),
        of({ hosts: ['payroll.example.com', value] }),
        of({ hosts: [`${value}.example.com`] }),
        of({ upstream: value }),
        of({ upstream: `http://${value}` }),
        of({ upstream: `http://10.0.0.5:8080/${value || 'path'}` }),
        of({ upstream: `http://${value}@10.0.0.5` }),
        { listen: value },
        { listen: `${value || ' '}:443` },
        { gateway: `${value}:1` },
        { external: `${value}:1` },
        { secret: value },
        { secret: 'x'.repeat(40) + (value || ' ') },
        { certificate: `/etc/${value || ' '}`, key: '/etc/key.pem' },
        { certificate: '/etc/cert.pem', key: value },
      ]
      for (const place of places) {
        assert.throws(() => planOf({ ...given, ...place }), PlanFault, JSON.stringify(place))
      }
    })
  }

  it('whatever a value is made of, none becomes a line of its own', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 })
    fc.assert(
      fc.property(text, text, text, (id, host, upstream) => {
        let plan: ReturnType<typeof planOf>
        try {
          plan = planOf({
            ...given,
            applications: [{ ...application, id, hosts: [host], upstream: `http://${upstream}` }],
          })
        } catch (error) {
          assert.ok(error instanceof PlanFault)
          assert.doesNotMatch(error.message, /[^\x20-\x7e]/)
          return
        }
        const plain = planOf(given)
        for (const kind of proxies) {
          const lines = (it: typeof plan) =>
            configFiles(kind, it, '/etc').map((file) => file.text.split('\n').length)
          assert.deepEqual(lines(plan), lines(plain))
        }
      }),
    )
  })

  it('a name that people read is in no configuration at all', () => {
    const named = { ...application, name: 'evil; } server {', description: 'evil; } server {' }
    for (const kind of proxies) {
      for (const { text } of configFiles(
        kind,
        planOf({ ...given, applications: [named] }),
        '/etc',
      )) {
        assert.doesNotMatch(text, /evil/)
      }
    }
  })

  it('a path of the script that does not fit is refused too', () => {
    assert.throws(() => configFiles('haproxy', planOf(given), '/etc/a b'), PlanFault)
  })
})

describe('a configuration', () => {
  it('names every host, asks about every application, and shows the secret', () => {
    const two: Application = { ...application, id: 'team/wiki', hosts: ['wiki.example.com'] }
    const own: Application = { ...application, id: 'countersign', hosts: ['access.example.com'] }
    const plan = planOf({ ...given, applications: [application, two, own] })
    for (const kind of proxies) {
      const text = configFiles(kind, plan, '/etc')
        .map((file) => file.text)
        .join('\n')
      for (const part of [
        'payroll.example.com',
        'wiki.example.com',
        'access.example.com',
        '10.0.0.5',
        given.secret,
        kind === 'envoy' ? '"team/wiki"' : `/check/${kind}/team%2Fwiki`,
      ]) {
        assert.ok(text.includes(part), `${kind} lacks ${part}`)
      }
      assert.ok(!text.includes('check/nginx/countersign'), kind)
    }
  })

  it('for Envoy and Traefik is data, and denies where the gateway does not answer', () => {
    const dataOf = (kind: 'envoy' | 'traefik'): unknown => {
      const [file] = configFiles(kind, planOf(given), '/etc')
      return JSON.parse((file?.text ?? '').replace(/^#.*$/gm, ''))
    }
    const envoy = JSON.stringify(dataOf('envoy'))
    assert.match(envoy, /"failure_mode_allow":false/)
    assert.match(envoy, /"encode_raw_headers":true/)
    assert.match(envoy, /"max_stream_duration":"3600s"/)
    const traefik = JSON.stringify(dataOf('traefik'))
    assert.match(traefik, /"trustForwardHeader":false/)
    assert.match(traefik, /"middlewares":\["countersign_clean","countersign_1_check"\]/)
  })

  it('hands an application the plain headers that it asks for, and removes those of the client', () => {
    const asking: Application = {
      ...application,
      upstreamIdentity: { headers: { user: 'x-forwarded-user', email: 'x-company-mail' } },
    }
    const plan = planOf({ ...given, applications: [asking] })
    for (const kind of ['nginx', 'caddy', 'haproxy', 'traefik'] as const) {
      const [file] = configFiles(kind, plan, '/etc')
      assert.match(file?.text ?? '', /x-forwarded-user/, kind)
      assert.match(file?.text ?? '', /x-company-mail/, kind)
    }
    const headers = { user: 'x-a;b' }
    const hostileName = { ...application, upstreamIdentity: { headers } }
    assert.throws(() => planOf({ ...given, applications: [hostileName] }), /a header name/)
  })

  it('is not made for an application of which only the gateway can do what it needs', () => {
    for (const more of [{ upstreamPath: { strip: '/a' } }, { upstreamTrust: {} }]) {
      const only = { ...application, ...more }
      assert.throws(() => planOf({ ...given, applications: [only] }), /`payroll` does not fit/)
    }
  })

  it('is not made of an application that lacks what it needs, and says which', () => {
    const { upstream: _, ...without } = application
    assert.throws(() => planOf({ ...given, applications: [without] }), /`payroll`.*its address/)
    assert.throws(() => planOf({ ...given, applications: [] }), /no application/)
    assert.throws(() => planOf({ ...given, certificate: '/c.pem' }), /needs its key/)
  })
})

describe('an answer shows that an application was reached', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['', 'closed'],
    ['HTTP/1.1 403 Forbidden\r\ncountersign-decision: dec_1\r\n\r\n', 'closed'],
    ['HTTP/1.1 303 See Other\r\nLocation: https://a/signin/continue?x=1\r\n\r\n', 'closed'],
    ['HTTP/1.1 400 Bad Request\r\n\r\nnginx', 'closed'],
    ['HTTP/1.1 502 Bad Gateway\r\n\r\n', 'closed'],
    ['HTTP/1.1 200 OK\r\ncountersign-decision: dec_1\r\n\r\n', 'open'],
    ['HTTP/1.1 200 OK\r\n\r\n', 'open'],
    ['HTTP/1.1 101 Switching Protocols\r\n\r\n', 'open'],
    ['HTTP/1.1 404 Not Found\r\n\r\n', 'open'],
    ['HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n', 'open'],
    ['garbage', 'open'],
  ]
  for (const [answer, expected] of rows) {
    it(`${expected}: ${JSON.stringify(answer.slice(0, 60))}`, () => {
      assert.equal(judgeAnswer(answer).kind, expected)
    })
  }
})
