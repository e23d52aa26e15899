// The AuthZEN API as a program sees it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { person, type World } from '#world.fake'
import { beginExternal, externalPort, secret } from './front.fake.ts'

describe('the AuthZEN API', () => {
  let world: World
  before(async () => {
    world = await beginExternal()
  })
  after(() => world.end())

  async function call(
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = { authorization: `Bearer ${secret}` },
  ) {
    const response = await fetch(`http://127.0.0.1:${externalPort(world)}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    }
  }

  const ask = (subject: object, resource: string, more: object = {}) => ({
    subject,
    action: { name: 'access' },
    resource: { type: 'Application', id: resource },
    ...more,
  })
  const bob = { type: 'Person', id: 'bob' }
  const evaluate = async (body: unknown) => (await call('/access/v1/evaluation', body)).body

  it('answers an evaluation as policies decide, and has it on record first', async () => {
    const before = world.plane.shipped.length
    const allowed = await evaluate(ask(bob, 'wiki'))
    assert.equal(allowed['decision'], true)
    const denied = await evaluate(ask(bob, 'payroll'))
    assert.equal(denied['decision'], false)
    while (world.plane.shipped.length < before + 2) await new Promise((done) => setImmediate(done))
    const record = world.plane.shipped.find(
      ({ id }) => id === (denied['context'] as { decision: string }).decision,
    )
    assert.equal(record?.verdict, 'deny')
    assert.equal(record.principal.id, 'bob')
    assert.equal(record.session, undefined)
    assert.equal((record.context['request'] as { protocol: string }).protocol, 'api')
  })

  it('knows of a person what their session proves, and nothing without one', async () => {
    const { session } = await world.signIn('ada', 'payroll.localhost', { device: 'laptop-ada' })
    const ada = (properties: object) => ({ type: 'Person', id: 'ada', properties })
    assert.equal((await evaluate(ask(ada({}), 'payroll')))['decision'], false)
    assert.equal((await evaluate(ask(ada({ session }), 'payroll')))['decision'], true)
    const stepUp = await evaluate(ask(ada({}), 'vault'))
    assert.deepEqual(
      [stepUp['decision'], (stepUp['context'] as { verdict: string }).verdict],
      [false, 'step-up'],
    )
    // A session of somebody else, or one that is over, is none at all.
    for (const wrong of ['ses_unknown', 7, '']) {
      assert.equal((await evaluate(ask(ada({ session: wrong }), 'wiki')))['decision'], false)
    }
    const stolen = { ...bob, properties: { session } }
    assert.equal((await evaluate(ask(stolen, 'wiki')))['decision'], false)
  })

  it('grants nothing to or on what it does not know', async () => {
    for (const body of [
      ask({ type: 'Person', id: 'nobody' }, 'wiki'),
      ask({ type: 'user', id: 'bob' }, 'wiki'),
      ask({ type: 'Group', id: 'staff' }, 'wiki'),
      ask(bob, 'nothing'),
      { ...ask(bob, 'wiki'), resource: { type: 'Person', id: 'ada' } },
      { ...ask(bob, 'wiki'), action: { name: 'everything' } },
      { ...ask(bob, 'wiki'), action: { name: '__proto__' } },
    ]) {
      assert.equal((await evaluate(body))['decision'], false, JSON.stringify(body))
    }
  })

  it('ignores what it does not know in a request, and refuses what is malformed', async () => {
    const more = { extra: 1, context: { address: '10.0.0.1', time: 'now' } }
    assert.equal((await evaluate(ask(bob, 'wiki', more)))['decision'], true)
    for (const body of [
      '',
      'x',
      '[]',
      '{}',
      { ...ask(bob, 'wiki'), subject: { type: 'Person' } },
      { ...ask(bob, 'wiki'), subject: 'bob' },
      ask(bob, 'wiki', { context: { address: 'nowhere' } }),
      ask({ ...bob, properties: [] }, 'wiki'),
    ]) {
      const answer = await call('/access/v1/evaluation', body)
      assert.equal(answer.status, 400, JSON.stringify(body))
      assert.equal(answer.body['decision'], undefined)
    }
    const long = await call('/access/v1/evaluation', {
      ...ask(bob, 'wiki'),
      pad: 'x'.repeat(300_000),
    })
    assert.equal(long.status, 413)
  })

  it('answers a batch in order, with defaults replaced whole and a broken item refused', async () => {
    const { body, status } = await call('/access/v1/evaluations', {
      ...ask({ ...bob, properties: { session: 'ses_unknown' } }, 'wiki'),
      evaluations: [
        { subject: bob },
        {},
        { resource: { type: 'Application', id: 'payroll' }, subject: bob },
        { resource: { type: 'Application' }, subject: bob },
      ],
    })
    assert.equal(status, 200)
    const items = body['evaluations'] as { decision: boolean; context: { error?: unknown } }[]
    assert.deepEqual(
      items.map(({ decision }) => decision),
      [true, false, false, false],
    )
    assert.ok(items[3]?.context.error)
  })

  it('stops a batch where it is told to', async () => {
    const run = async (semantic: string) => {
      const { body, status } = await call('/access/v1/evaluations', {
        ...ask(bob, 'wiki'),
        evaluations: [
          {},
          { resource: { type: 'Application', id: 'payroll' } },
          { resource: { type: 'Application', id: 'open' } },
        ],
        options: { evaluations_semantic: semantic },
      })
      if (status !== 200) return status
      return (body['evaluations'] as { decision: boolean }[]).map(({ decision }) => decision)
    }
    assert.deepEqual(await run('execute_all'), [true, false, true])
    assert.deepEqual(await run('deny_on_first_deny'), [true, false])
    assert.deepEqual(await run('permit_on_first_permit'), [true])
    assert.equal(await run('whatever'), 400)
  })

  it('answers a batch without items as one evaluation, and one that is too long not at all', async () => {
    const { body } = await call('/access/v1/evaluations', { ...ask(bob, 'wiki'), evaluations: [] })
    assert.equal(body['decision'], true)
    const evaluations = Array.from({ length: 101 }, () => ({}))
    const long = await call('/access/v1/evaluations', { ...ask(bob, 'wiki'), evaluations })
    assert.equal(long.status, 400)
  })

  const idsOf = ({ body }: { readonly body: Record<string, unknown> }) =>
    (body['results'] as { id?: string; name?: string }[]).map(({ id, name }) => id ?? name)

  it('finds subjects, resources and actions', async () => {
    const subjects = await call('/access/v1/search/subject', {
      ...ask({ type: 'Person', id: 'ignored' }, 'wiki'),
    })
    assert.deepEqual(idsOf(subjects), ['ada', 'bob'])
    assert.deepEqual(subjects.body['page'], { next_token: '', count: 2 })
    const none = await call('/access/v1/search/subject', ask({ type: 'Person' }, 'ledger'))
    assert.deepEqual(idsOf(none), [])
    const resources = await call('/access/v1/search/resource', {
      ...ask(bob, ''),
      resource: { type: 'Application' },
    })
    assert.deepEqual(idsOf(resources), ['countersign', 'open', 'wiki'])
    const found = await call('/access/v1/search/action', {
      subject: { type: 'Anonymous', id: 'anonymous' },
      resource: { type: 'Application', id: 'open' },
    })
    assert.deepEqual(idsOf(found), ['access', 'invoke'])
  })

  it('gives a search page by page, whose token belongs to it alone', async () => {
    const many = Array.from({ length: 25 }, (_, index) => `p${String(index).padStart(2, '0')}`)
    await world.plane.put(...many.map((id) => person(id, id, [])))
    await world.settle()
    const query = ask({ type: 'Person' }, 'wiki')
    const seen: unknown[] = []
    let token = ''
    do {
      const page = { limit: 10, ...(token === '' ? {} : { token }) }
      const answer = await call('/access/v1/search/subject', { ...query, page })
      seen.push(...idsOf(answer))
      token = (answer.body['page'] as { next_token: string }).next_token
      if (token === '') continue
      const other = { ...ask({ type: 'Person' }, 'open'), page: { token } }
      assert.equal((await call('/access/v1/search/subject', other)).status, 400)
    } while (token !== '')
    assert.deepEqual(seen, ['ada', 'bob', ...many])
    const forged = { ...query, page: { token: 'forged' } }
    assert.equal((await call('/access/v1/search/subject', forged)).status, 400)
  })

  it('says where it is, and gives the id of a request back', async () => {
    const { body } = await call('/.well-known/authzen-configuration', undefined)
    const base = `http://127.0.0.1:${externalPort(world)}`
    assert.equal(body['policy_decision_point'], base)
    assert.equal(body['access_evaluation_endpoint'], `${base}/access/v1/evaluation`)
    assert.equal(body['search_action_endpoint'], `${base}/access/v1/search/action`)
    for (const [sent, status] of [
      [ask(bob, 'wiki'), 200],
      [{}, 400],
    ] as const) {
      const { headers, status: got } = await call('/access/v1/evaluation', sent, {
        authorization: `Bearer ${secret}`,
        'x-request-id': 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716',
      })
      assert.equal(got, status)
      assert.equal(headers.get('x-request-id'), 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716')
    }
  })

  it('answers nobody without the secret', async () => {
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: secret }]) {
      for (const path of ['/access/v1/evaluation', '/access/v1/search/subject']) {
        const answer = await call(path, ask(bob, 'wiki'), headers)
        assert.equal(answer.status, 401)
      }
    }
    const shown = { 'countersign-proxy-secret': secret }
    assert.equal((await call('/access/v1/evaluation', ask(bob, 'wiki'), shown)).status, 200)
  })
})

describe('the AuthZEN API of a gateway whose facts are stale', () => {
  it('decides nothing', async (t) => {
    let skewMs = 0
    const world = await beginExternal({
      start: { clock: { now: () => Date.now() + skewMs, monotonicNs: () => 0n } },
    })
    t.after(() => world.end())
    skewMs = 30 * 24 * 3_600_000
    const response = await fetch(`http://127.0.0.1:${externalPort(world)}/access/v1/evaluation`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      body: JSON.stringify({
        subject: { type: 'Person', id: 'bob' },
        action: { name: 'access' },
        resource: { type: 'Application', id: 'open' },
      }),
    })
    assert.equal(response.status, 503)
  })
})
