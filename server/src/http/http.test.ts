import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { automationApi, importMaxLines } from '@countersign/contract/api/automation'
import { identityApi } from '@countersign/contract/api/identity'
import { signinDeviceApi } from '@countersign/contract/api/signin-device'
import { networksApi } from '@countersign/contract/api/networks'
import { signinApi } from '@countersign/contract/api/signin'
import { visibilityApi } from '@countersign/contract/api/visibility'
import type { Authentication } from '@countersign/contract/documents'
import { isId } from '@countersign/contract/ids'
import { allRoutes } from '@countersign/contract/openapi'
import { problems, type ProblemCode } from '@countersign/contract/problems'
import { assertionHeader } from '@countersign/contract/session'
import type { Log } from '#log'
import { type Answer, type Ask, type GatewayFake, ServerFake } from '#server.fake'

const lines: string[] = []
const write = (fields: object, message: string) => {
  lines.push(JSON.stringify({ ...fields, message }))
}
const log: Log = { debug: write, info: write, warn: write, error: write }

let server: ServerFake
let gateway: GatewayFake
before(async () => {
  server = await ServerFake.start({ log })
  const consoleDir = join(server.dataDir, 'console')
  await mkdir(join(consoleDir, 'assets'), { recursive: true })
  await writeFile(join(consoleDir, 'index.html'), '<!doctype html><title>Console</title>')
  await writeFile(join(consoleDir, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await writeFile(join(consoleDir, 'assets/main-1a2b.js'), 'export {}')
  await server.restart({ log, consoleDir })
  gateway = await server.enrol()
})
after(() => server.remove())

function refused({ status, headers, json }: Answer, code: ProblemCode, detail?: RegExp): void {
  assert.equal(json['code'], code, JSON.stringify(json))
  assert.equal(status, problems[code].status)
  assert.equal(headers['content-type'], 'application/problem+json')
  assert.equal(json['title'], problems[code].title)
  assert.equal(json['remedy'], problems[code].remedy)
  if (detail) assert.match(String(json['detail']), detail)
}

let sessions = 0
/** Signs someone in by writing what a sign-in would write. */
async function session(
  person: string,
  options: { groups?: string[]; authentication?: Partial<Authentication>; active?: boolean } = {},
) {
  const { groups = [], authentication = {}, active = true } = options
  const id = `ses_${String(++sessions).padStart(26, '0')}`
  await server.ledger.write('Workload::"test"', [
    {
      event: 'identity.person.put',
      kind: 'person',
      id: person,
      after: { id: person, name: `${person} Example`, class: 'employee', active, groups },
    },
    {
      event: 'identity.session.started',
      kind: 'session',
      id,
      after: {
        id,
        person,
        startedAt: server.now,
        endsAt: server.now + 12 * 3_600_000,
        authentication: {
          method: 'passkey',
          phishingResistant: true,
          observedAt: server.now,
          provenance: 'attested',
          ...authentication,
        },
      },
    },
  ])
  return { id, person }
}

describe('a request that is not what a route expects', () => {
  const imports = automationApi.import.path
  const post = (ask: Ask, path: string = imports) =>
    server.control(path, { method: 'POST', ...ask })
  const cases: readonly {
    readonly name: string
    readonly ask: () => Promise<Answer>
    readonly code: ProblemCode
    readonly detail?: RegExp
  }[] = [
    {
      name: 'a body that is not JSON',
      ask: () => post({ rawBody: '{"lines": [' }),
      code: 'request.malformed',
      detail: /not valid JSON/,
    },
    {
      name: 'a body of another media type',
      ask: () => post({ rawBody: 'lines', headers: { 'content-type': 'text/plain' } }),
      code: 'request.malformed',
      detail: /must be JSON/,
    },
    { name: 'no body', ask: () => post({}), code: 'request.malformed', detail: /`body`/ },
    {
      name: 'an empty body',
      ask: () => post({ rawBody: '' }),
      code: 'request.malformed',
      detail: /the body is empty/,
    },
    {
      name: 'a body that tries to reach the prototype',
      ask: () => post({ rawBody: '{"__proto__": {"lines": []}}' }),
      code: 'request.malformed',
    },
    {
      name: 'a member that nobody declared',
      ask: () => post({ body: { lines: [], force: true } }),
      code: 'request.malformed',
    },
    {
      name: 'a member of the wrong type, named by its place',
      ask: () => post({ body: { token: 'x', name: 7, publicKey: {} } }, networksApi.enrol.path),
      code: 'request.malformed',
      detail: /`body\.name`/,
    },
    {
      name: 'a text with a character that cannot be stored',
      ask: () =>
        post({
          body: { lines: [{ kind: 'group', document: { id: 'g', name: 'a\0b', groups: [] } }] },
        }),
      code: 'request.malformed',
      detail: /cannot be stored/,
    },
    {
      name: 'more lines than one call takes',
      ask: () => {
        const line = { kind: 'group', document: { id: 'g', name: 'G', groups: [] } }
        return post({ body: { lines: Array.from({ length: importMaxLines + 1 }, () => line) } })
      },
      code: 'request.malformed',
      detail: /`body\.lines`/,
    },
    {
      name: 'a body beyond the route’s limit',
      ask: () => post({ rawBody: `{"pad": "${' '.repeat(70_000)}"}` }, networksApi.invite.path),
      code: 'request.too_large',
    },
    {
      name: 'a query that is out of bounds',
      ask: () => server.control(`${identityApi.people.path}?limit=501`),
      code: 'request.malformed',
      detail: /`query\.limit`/,
    },
    {
      name: 'a query given twice',
      ask: () => server.control(`${identityApi.people.path}?search=a&search=b`),
      code: 'request.malformed',
      detail: /`query\.search`/,
    },
    {
      name: 'a path that cannot be decoded',
      ask: () => server.control('/api/visibility/decisions/%E0%A4%A'),
      code: 'request.malformed',
      detail: /not a valid URL path/,
    },
    {
      name: 'a path that nobody answers',
      ask: () => server.control('/api/nothing'),
      code: 'request.not_found',
    },
    {
      name: 'a method that nobody answers',
      ask: () => server.control(identityApi.people.path, { method: 'DELETE' }),
      code: 'request.not_found',
    },
    {
      name: 'a decision that does not exist',
      ask: () => server.control('/api/visibility/decisions/dec_nothing'),
      code: 'visibility.decision_not_found',
      detail: /`dec_nothing`/,
    },
  ]
  for (const { name, ask, code, detail } of cases) {
    test(`${name} is ${code}`, async () => refused(await ask(), code, detail))
  }

  test('a header section that is too large is request.headers_too_large', async () => {
    const answer = await onBareSocket(
      `GET /healthz HTTP/1.1\r\nhost: x\r\ncookie: ${'a'.repeat(20_000)}\r\n\r\n`,
    )
    assert.match(answer, /^HTTP\/1\.1 431 /)
    assert.match(answer, /"code":"request\.headers_too_large"/)
  })

  test('bytes that are no request are request.malformed', async () => {
    const answer = await onBareSocket('GARBAGE\r\n\r\n')
    assert.match(answer, /^HTTP\/1\.1 400 /)
    assert.match(answer, /"code":"request\.malformed"/)
  })

  test('one that was sent twice over one connection cannot smuggle another in', async () => {
    const answer = await onBareSocket(
      'POST /api/signin/passkey/challenge HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    )
    assert.match(answer, /^HTTP\/1\.1 400 /)
  })

  function onBareSocket(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes))
      let text = ''
      socket.on('data', (chunk) => (text += String(chunk)))
      socket.on('close', () => resolve(text))
      socket.on('error', reject)
    })
  }
})

describe('who presents nothing', () => {
  test('is told where the console is, on every declared route but enrolment', async () => {
    for (const { route } of allRoutes()) {
      if (route === networksApi.enrol) continue
      const path = route.path.replace(/:\w+/g, 'x')
      const answer = await server.network(path, { method: route.method, body: {} })
      if (route.dialect === 'oauth') {
        assert.deepEqual([answer.status, answer.json['error']], [403, 'access_denied'])
        continue
      }
      refused(
        answer,
        route.permission === 'gateway' ? 'networks.gateway_not_enrolled' : 'access.denied',
      )
    }
  })

  test('sees no page and no asset', async () => {
    for (const path of ['/', '/people', '/favicon.svg', '/assets/main-1a2b.js']) {
      refused(await server.network(path, { headers: { accept: 'text/html' } }), 'access.denied')
    }
    for (const path of ['/reference', '/api/openapi.json']) {
      refused(await server.network(path), 'access.sign_in_required')
    }
  })

  test('cannot enrol with a token nobody issued', async () => {
    const body = { token: 'x'.repeat(43), name: 'x', publicKey: gateway.publicKey }
    refused(
      await server.network(networksApi.enrol.path, { method: 'POST', body }),
      'networks.enrolment_refused',
    )
  })
})

describe('an invitation', () => {
  const enrol = (token: string) =>
    server.network(networksApi.enrol.path, {
      method: 'POST',
      body: { token, name: 'second', publicKey: gateway.publicKey },
    })
  const invite = () => server.client.call(networksApi.invite, { body: {} })

  test('enrols one gateway, once', async () => {
    const { token } = await invite()
    const answers = await Promise.all([enrol(token), enrol(token)])
    assert.deepEqual(
      answers.map(({ status }) => status).sort((a, b) => a - b),
      [200, 403],
    )
    refused(await enrol(token), 'networks.enrolment_refused')
  })

  test('is over after an hour', async () => {
    const { token, expiresAt } = await invite()
    assert.equal(expiresAt, server.now + 3_600_000)
    server.now += 3_600_000
    refused(await enrol(token), 'networks.enrolment_refused')
  })

  test('is nowhere in the store', async () => {
    const { token } = await invite()
    const rows = await server.store.db.selectFrom('journal').select('after').execute()
    assert.ok(!JSON.stringify(rows).includes(token))
  })
})

describe('what a gateway presents', () => {
  const snapshot = (token: string) =>
    server.network(networksApi.snapshot.path, { headers: { authorization: `Bearer ${token}` } })
  const offer = (assertion: string) =>
    server.network(signinApi.offer.path, { headers: { [assertionHeader]: assertion } })
  const second = () => Math.floor(server.now / 1000)

  test('is taken while it is fresh and for its use', async () => {
    assert.equal((await snapshot(await gateway.token())).status, 200)
    assert.equal((await offer(await gateway.assertion())).status, 200)
    // A clock that is half a minute off is still the same minute.
    assert.equal(
      (await snapshot(await gateway.token({ iat: second() + 29, exp: second() + 89 }))).status,
      200,
    )
  })

  const cases = [
    { name: 'is over', claims: () => ({ iat: second() - 120, exp: second() - 60 }) },
    { name: 'comes from the future', claims: () => ({ iat: second() + 60, exp: second() + 120 }) },
    { name: 'is for another audience', claims: () => ({ aud: 'wiki' }) },
    { name: 'names an unknown gateway', claims: () => ({ iss: 'gw_x', sub: 'gw_x' }) },
    { name: 'never ends', claims: () => ({ exp: undefined }) },
    { name: 'does not say when it was made', claims: () => ({ iat: undefined }) },
    {
      name: 'was made long ago to last',
      claims: () => ({ iat: second() - 3600, exp: second() + 3600 }),
    },
  ]
  for (const { name, claims } of cases) {
    test(`is refused where it ${name}`, async () => {
      refused(await snapshot(await gateway.token(claims())), 'networks.gateway_not_enrolled')
      refused(await offer(await gateway.assertion(claims())), 'networks.gateway_not_enrolled')
    })
  }

  test('is refused where it speaks as someone else', async () => {
    refused(
      await snapshot(await gateway.token({ sub: 'gw_other' })),
      'networks.gateway_not_enrolled',
    )
  })

  test('is refused in the place of the other', async () => {
    refused(await snapshot(await gateway.assertion()), 'networks.gateway_not_enrolled')
    refused(await offer(await gateway.token()), 'networks.gateway_not_enrolled')
  })

  test('is refused with another key, without a signature, or as plain nonsense', async () => {
    const token = await gateway.token()
    const [head, body] = token.split('.')
    const none = Buffer.from('{"alg":"none","typ":"countersign-gateway+jwt"}').toString('base64url')
    for (const forged of [
      `${head}.${body}.${randomBytes(64).toString('base64url')}`,
      `${none}.${body}.`,
      `${none}.${body}.AAAA`,
      'a.b.c',
      'nonsense',
    ]) {
      refused(await snapshot(forged), 'networks.gateway_not_enrolled')
    }
  })

  test('is refused once the gateway was removed', async () => {
    const gone = await server.enrol('gone')
    assert.equal((await gone.ask(networksApi.snapshot.path)).status, 200)
    await server.ledger.write('Workload::"operator"', [
      { event: 'networks.gateway.removed', kind: 'gateway', id: gone.id, after: null },
    ])
    refused(await gone.ask(networksApi.snapshot.path), 'networks.gateway_not_enrolled')
  })

  test('cannot hand over what another gateway decided', async () => {
    const record = { ...decision(), gateway: 'gw_other' }
    refused(
      await gateway.ask(networksApi.ship.path, { method: 'POST', body: { records: [record] } }),
      'request.malformed',
      /hands over its own/,
    )
  })
})

describe('a session', () => {
  test('that ended is nobody’s', async () => {
    const ada = await session('ada')
    assert.equal((await gateway.pass(identityApi.me.path, ada)).status, 200)
    await server.ledger.write('Person::"ada"', [
      { event: 'identity.session.ended', kind: 'session', id: ada.id, after: null },
    ])
    refused(await gateway.pass(identityApi.me.path, ada), 'access.sign_in_required')
  })

  test('cannot be presented as another person’s', async () => {
    const ada = await session('ada')
    refused(
      await gateway.pass(identityApi.me.path, { ...ada, person: 'bob' }),
      'networks.gateway_not_enrolled',
    )
  })

  test('of an account that was switched off is nobody’s', async () => {
    const eve = await session('eve', { groups: ['administrators'], active: false })
    refused(await gateway.pass(identityApi.people.path, eve), 'access.sign_in_required')
  })
})

describe('an administrative route', () => {
  const read = (who: { id: string; person: string }) => gateway.pass(identityApi.people.path, who)
  const change = (who: { id: string; person: string }, headers: Ask['headers'] = {}) =>
    gateway.pass(networksApi.invite.path, who, { method: 'POST', body: {}, headers })
  const group = { groups: ['administrators'] }

  test('is closed to nobody and to somebody who is no administrator', async () => {
    refused(await gateway.pass(identityApi.people.path), 'access.sign_in_required')
    const answer = await read(await session('bob'))
    refused(answer, 'access.denied', /`identity\.read`/)
    assert.ok(
      (answer.json['because'] as { policy: string }[]).some(
        ({ policy }) => policy === 'countersign-administrators-read',
      ) || (answer.json['because'] as unknown[]).length === 0,
    )
  })

  test('lets an administrator look, however they signed in, and change with a passkey', async () => {
    const weak = await session('ada', {
      ...group,
      authentication: { method: 'persona', phishingResistant: false },
    })
    assert.equal((await read(weak)).status, 200)
    const answer = await change(weak)
    refused(answer, 'access.step_up_required')
    assert.match(String(answer.headers['www-authenticate']), /insufficient_user_authentication/)
    assert.equal((await change(await session('ada', group))).status, 200)
  })

  test('asks again after an hour', async () => {
    const ada = await session('ada', group)
    assert.equal((await change(ada)).status, 200)
    server.now += 3_600_001
    refused(await change(ada), 'access.step_up_required')
  })

  test('signs a program in for anyone present, within an hour of signing in', async () => {
    const begin = await gateway.pass(signinDeviceApi.deviceBegin.path, undefined, {
      method: 'POST',
      body: { program: 'countersign connect', machine: 'laptop' },
    })
    const body = { userCode: String(begin.json['userCode']) }
    const approve = (who?: { id: string; person: string }) =>
      gateway.pass(signinDeviceApi.deviceApprove.path, who, { method: 'POST', body })
    refused(await approve(), 'access.sign_in_required')
    const bob = await session('bob', {
      authentication: { method: 'persona', phishingResistant: false },
    })
    server.now += 3_600_001
    refused(await approve(bob), 'access.step_up_required')
    const again = await gateway.pass(signinDeviceApi.deviceBegin.path, undefined, {
      method: 'POST',
      body: { program: 'countersign connect', machine: 'laptop' },
    })
    const fresh = await session('bob')
    const approval = await gateway.pass(signinDeviceApi.deviceApprove.path, fresh, {
      method: 'POST',
      body: { userCode: String(again.json['userCode']) },
    })
    assert.equal(approval.status, 200)
  })

  test('records what was decided about a change before it happens, also a refusal', async () => {
    const bob = await session('bob')
    const answer = await change(bob)
    refused(answer, 'access.denied')
    const id = answer.json['decision'] as string
    assert.ok(isId('decision', id))
    const { record } = await server.client.call(visibilityApi.decision, {
      params: { decision: id },
    })
    assert.equal(record.gateway, 'server')
    assert.equal(record.action, 'networks.write')
    assert.equal(record.verdict, 'deny')
    assert.deepEqual(record.principal, { type: 'Person', id: 'bob' })
    assert.equal(record.session, bob.id)
    assert.equal((record.context['request'] as { path: string }).path, networksApi.invite.path)
    assert.equal((record.context['network'] as { address: unknown }).address !== undefined, true)
  })

  test('is refused to a page of another site', async () => {
    const ada = await session('ada', group)
    for (const headers of [
      { origin: 'http://evil.example' },
      { origin: 'http://wiki.localhost:7400' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      refused(await change(ada, headers), 'access.cross_site')
    }
    const own = { origin: 'http://countersign.localhost:7400', 'sec-fetch-site': 'same-origin' }
    assert.equal((await change(ada, own)).status, 200)
    // Reading is harmless: another site cannot see the answer.
    assert.equal(
      (
        await gateway.pass(identityApi.people.path, ada, {
          headers: { origin: 'http://evil.example' },
        })
      ).status,
      200,
    )
  })

  test('names the journal position that includes its effect', async () => {
    const answer = await change(await session('ada', group))
    assert.equal(Number(answer.headers['countersign-sequence']), server.ledger.sequence)
  })
})

describe('every answer', () => {
  test('carries headers that keep a browser on a short lead, and names its request', async () => {
    for (const answer of [
      await gateway.pass(signinApi.offer.path),
      await gateway.pass('/', undefined, { headers: { accept: 'text/html' } }),
      await server.network('/api/nothing'),
    ]) {
      assert.match(
        String(answer.headers['content-security-policy']),
        /default-src 'none'.*script-src 'self';/,
      )
      assert.equal(answer.headers['x-content-type-options'], 'nosniff')
      assert.equal(answer.headers['x-frame-options'], 'DENY')
      assert.ok(isId('request', String(answer.headers['countersign-request'])))
    }
    assert.equal((await gateway.pass(signinApi.offer.path)).headers['cache-control'], 'no-store')
  })

  test('that is a problem names its request as its instance', async () => {
    const answer = await server.control('/api/nothing')
    assert.equal(answer.json['instance'], answer.headers['countersign-request'])
  })
})

describe('the console', () => {
  const visit = (path: string) =>
    gateway.pass(path, undefined, { headers: { accept: 'text/html,*/*' } })

  test('is one page at every address of its own', async () => {
    for (const path of ['/', '/signin', '/visibility/decisions/dec_x?tab=facts']) {
      const answer = await visit(path)
      assert.equal(answer.status, 200)
      assert.match(answer.text, /<title>Console/)
      assert.equal(answer.headers['cache-control'], 'no-cache')
      assert.match(String(answer.headers['content-type']), /^text\/html/)
    }
  })

  test('has assets that never change, and files that may', async () => {
    const asset = await visit('/assets/main-1a2b.js')
    assert.equal(asset.headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.match(String(asset.headers['content-type']), /javascript/)
    assert.equal((await visit('/favicon.svg')).headers['cache-control'], 'no-cache')
  })

  test('has no page where an asset or a route of the API is missing', async () => {
    for (const path of ['/assets/gone.js', '/api/gone', '/.countersign/gone']) {
      refused(await visit(path), 'request.not_found')
    }
  })

  test('gives nothing outside its directory', async () => {
    for (const path of [
      '/../master.key',
      '/..%2fmaster.key',
      '/assets/..%2f..%2fmaster.key',
      '/%2e%2e/master.key',
    ]) {
      const answer = await gateway.pass(path)
      assert.notEqual(answer.status, 200, path)
    }
  })

  test('that was not built says how', async () => {
    const bare = await ServerFake.start()
    try {
      const answer = await (
        await bare.enrol()
      ).pass('/', undefined, { headers: { accept: 'text/html' } })
      assert.equal(answer.status, 503)
      assert.match(answer.text, /npm run build/)
    } finally {
      await bare.remove()
    }
  })
})

describe('what an operator asks', () => {
  test('is answered at once', async () => {
    assert.deepEqual((await server.network('/healthz')).json, { status: 'live' })
    assert.deepEqual((await server.network('/readyz')).json, { status: 'ready' })
    assert.deepEqual((await server.control('/healthz')).json, {
      status: 'live',
      process: process.pid,
    })
  })

  test('shows figures to this machine, and not through a gateway', async () => {
    for (const { text } of [await server.control('/metrics'), await server.network('/metrics')]) {
      assert.match(text, /countersign_server_journal_sequence \d+/)
      assert.match(text, /countersign_server_request_duration_seconds_count\{/)
    }
    refused(await gateway.pass('/metrics'), 'request.not_found')
    refused(await gateway.ask('/metrics'), 'request.not_found')
  })
})

describe('the reference', () => {
  test('names every route, in both forms', async () => {
    const page = await gateway.pass('/reference')
    const document = (await gateway.pass('/api/openapi.json')).json as {
      paths: Record<string, object>
    }
    for (const { pillar, name, route } of allRoutes()) {
      assert.ok(page.text.includes(`id="${pillar}.${name}"`), route.path)
      assert.ok(document.paths[route.path.replace(/:(\w+)/g, '{$1}')], route.path)
    }
    for (const code of Object.keys(problems)) assert.ok(page.text.includes(`problem.${code}"`))
    // It brings everything along.
    assert.doesNotMatch(page.text, /<script|<link|src=|url\(/)
  })
})

test('the log has ids and figures, and nothing secret or personal', async () => {
  const ada = await session('ada', { groups: ['administrators'] })
  const { token } = await server.client.call(networksApi.invite, { body: {} })
  await gateway.pass(`${identityApi.people.path}?search=ada`, ada, {
    headers: { cookie: 'a=secret-cookie' },
  })
  await server.network(networksApi.enrol.path, { method: 'POST', body: { token, name: 'x' } })
  const text = lines.join('\n')
  assert.match(text, /"route":"\/api\/identity\/people"/)
  for (const hidden of ['search=ada', 'ada Example', '192.0.2.7', 'secret-cookie', token, ada.id]) {
    assert.ok(!text.includes(hidden), hidden)
  }
})

function decision() {
  const answer = { effect: 'allow', determining: ['p'], errors: [] }
  return {
    id: `dec_${randomBytes(8).toString('hex')}`,
    at: server.now,
    gateway: gateway.id,
    principal: { type: 'Person', id: 'ada' },
    action: 'access',
    resource: { type: 'Application', id: 'wiki' },
    verdict: 'allow',
    effective: answer,
    wouldBe: answer,
    explanation: [],
    context: {},
    release: 'rel_x',
    sequence: 1,
    tookNs: 1,
  }
}
