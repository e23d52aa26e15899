import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import fc from 'fast-check'
import { automationApi, type ImportLine } from '@countersign/contract/api/automation'
import { identityApi } from '@countersign/contract/api/identity'
import { applicationsApi, policiesApi } from '@countersign/contract/api/inventory'
import { networksApi } from '@countersign/contract/api/networks'
import { visibilityApi } from '@countersign/contract/api/visibility'
import { ApiError } from '@countersign/contract/client'
import { canonicalJson } from '@countersign/contract/canonical'
import type { DecisionRecord, Verdict } from '@countersign/contract/decision'
import type { AnyDocument, Workload } from '@countersign/contract/documents'
import { newId } from '@countersign/contract/ids'
import type { ProblemCode } from '@countersign/contract/problems'
import { type GatewayFake, ServerFake } from '#server.fake'
import { bootstrapDrafts } from '#policies/bootstrap'
import { contextOf, situationOf } from './visibility/situation.ts'

let server: ServerFake
let gateway: GatewayFake
before(async () => {
  server = await ServerFake.start()
  gateway = await server.enrol()
})
after(() => server.remove())

const person = (id: string, name = `Person ${id}`, groups: string[] = []): AnyDocument => ({
  kind: 'person',
  document: { id, name, class: 'employee', active: true, groups },
})
const group = (id: string, groups: string[] = []): AnyDocument => ({
  kind: 'group',
  document: { id, name: `Group ${id}`, groups },
})
const application = (
  id: string,
  hosts: string[] = [],
  kind: 'web' | 'api' = 'web',
): AnyDocument => ({
  kind: 'application',
  document: { id, name: `Application ${id}`, tier: 2, hosts, kind, groups: [] },
})

const workload = (id: string, more: Partial<Workload>): AnyDocument => ({
  kind: 'workload',
  document: { id, name: id, class: 'service', active: true, groups: [], ...more },
})

async function refused(call: Promise<unknown>, code: ProblemCode, detail: RegExp): Promise<void> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof ApiError, String(error))
  assert.equal(error.problem?.code, code, error.message)
  assert.match(String(error.problem?.['detail']), detail)
}

let moment = 0
function decision(changes: Partial<DecisionRecord> = {}): DecisionRecord {
  const at = server.now + ++moment
  const verdict: Verdict = changes.verdict ?? 'allow'
  const effect = verdict === 'allow' ? 'allow' : 'deny'
  const answer = (): DecisionRecord['effective'] => ({ effect, determining: [], errors: [] })
  return {
    id: newId('decision', { now: () => at, randomBytes }),
    at,
    gateway: gateway.id,
    principal: { type: 'Person', id: 'ada' },
    action: 'access',
    resource: { type: 'Application', id: 'wiki' },
    verdict,
    effective: answer(),
    wouldBe: answer(),
    explanation: [],
    context: { request: { method: 'GET', path: '/a', host: 'wiki' }, time: { hour: 9 } },
    release: 'rel_x',
    sequence: 1,
    tookNs: 900,
    ...changes,
  }
}

describe('an import', () => {
  const send = (...lines: ImportLine[]) =>
    server.client.call(automationApi.import, { body: { lines } })

  test('says how many documents it changed, and does nothing the second time', async () => {
    const lines = [group('staff'), person('ada', 'Ada', ['staff']), person('bob', 'Bob')]
    const first = await send(...lines)
    assert.deepEqual(first, {
      changed: 3,
      decisions: 0,
      signIns: 0,
      sequence: server.ledger.sequence,
    })
    assert.deepEqual(await send(...lines), { ...first, changed: 0 })
    assert.equal((await send(person('bob', 'Bobby'))).changed, 1)
  })

  test('names who did it', async () => {
    await send(person('named'))
    const entry = await server.store.db
      .selectFrom('journal')
      .selectAll()
      .where('id', '=', 'named')
      .executeTakeFirstOrThrow()
    assert.equal(entry.actor, 'Workload::"operator"')
    assert.equal(entry.event, 'identity.person.put')
  })

  test('keeps decisions, each once', async () => {
    const records = [decision(), decision()]
    const lines = records.map((document) => ({ kind: 'decision' as const, document }))
    assert.equal((await send(...lines)).decisions, 2)
    assert.equal((await send(...lines)).decisions, 0)
  })

  const refusals: readonly {
    readonly name: string
    readonly lines: () => ImportLine[]
    readonly detail: RegExp
  }[] = [
    {
      name: 'a session',
      lines: () => [
        {
          kind: 'session',
          document: {
            id: 'ses_x',
            person: 'ada',
            startedAt: 0,
            endsAt: 1,
            authentication: {
              method: 'passkey',
              phishingResistant: true,
              observedAt: 0,
              provenance: 'attested',
            },
          },
        },
      ],
      detail: /^line 2: a session is a credential/,
    },
    {
      name: 'a cookie',
      lines: () => [
        {
          kind: 'token',
          document: { id: '0'.repeat(64), session: 'ses_x', host: 'wiki', endsAt: 1 },
        },
      ],
      detail: /^line 2: a token is a credential/,
    },
    {
      name: 'a release, whose policies nobody checked',
      lines: () => [{ kind: 'release', document: server.ledger.estate.release! }],
      detail: /^line 2: a release is made by `POST \/api\/policies\/releases`/,
    },
    {
      name: 'another console',
      lines: () => [application('countersign', ['evil.example'])],
      detail: /the application `countersign` is kept by Countersign itself/,
    },
    {
      name: 'the host of the console for another application',
      lines: () => [application('evil', ['countersign.localhost'])],
      detail:
        /`countersign\.localhost` cannot be a host of `evil`: it is one of `countersign` already/,
    },
    {
      name: 'one host for two applications',
      lines: () => [application('one', ['same.example']), application('two', ['same.example'])],
      detail: /it is one of `one` already/,
    },
    {
      name: 'another operator',
      lines: () => [
        {
          kind: 'workload',
          document: { id: 'operator', name: 'Me', class: 'service', active: true, groups: [] },
        },
      ],
      detail: /the workload `operator` is kept by Countersign itself/,
    },
    {
      name: 'one SPIFFE ID for two workloads',
      lines: () => [
        workload('one', { spiffeId: 'spiffe://example.org/one' }),
        workload('two', { spiffeId: 'spiffe://example.org/one' }),
      ],
      detail: /the workload `one` has the SPIFFE ID `spiffe:\/\/example\.org\/one` already/,
    },
    {
      name: 'a group within itself',
      lines: () => [group('loop', ['loop'])],
      detail: /the group `loop` would be a member of itself/,
    },
    {
      name: 'groups within each other',
      lines: () => [group('g1', ['g2']), group('g2', ['g3']), group('g3', ['g1'])],
      detail: /would be a member of itself/,
    },
  ]
  for (const { name, lines, detail } of refusals) {
    test(`with ${name} is refused as a whole`, async () => {
      const before = server.ledger.sequence
      await refused(send(group('innocent'), ...lines()), 'automation.import_invalid', detail)
      assert.equal(server.ledger.sequence, before)
      assert.equal(server.ledger.estate.get('group', 'innocent'), undefined)
    })
  }

  test('closes a ring that an earlier one began no more than one of its own', async () => {
    await send(group('inner', ['outer']), group('outer'))
    await refused(send(group('outer', ['inner'])), 'automation.import_invalid', /member of itself/)
  })

  test('takes many ways up to the same group', async () => {
    const layers = Array.from({ length: 20 }, (_, layer) =>
      [0, 1].map((side) =>
        group(`l${layer}-${side}`, layer === 0 ? [] : [`l${layer - 1}-0`, `l${layer - 1}-1`]),
      ),
    )
    assert.equal((await send(...layers.flat())).changed, 40)
  })

  test('may move a host from one application to another', async () => {
    await send(application('old', ['moved.example']))
    await send(application('old'), application('new', ['moved.example']))
    assert.equal(server.ledger.estate.applicationAt('moved.example')?.id, 'new')
  })
})

describe('an inventory', () => {
  test('comes in pages by id that neither repeat nor leave out, and knows the total', async () => {
    const ids = Array.from({ length: 23 }, (_, index) => `page-${String(index).padStart(2, '0')}`)
    await server.import(...ids.toReversed().map((id) => person(id, 'Paging Person')))
    const seen: string[] = []
    for (let after: string | undefined; ;) {
      const page: { items: { id: string }[]; total: number; next?: string | undefined } =
        await server.client.call(identityApi.people, {
          query: { search: 'PAGING', limit: 10, ...(after === undefined ? {} : { after }) },
        })
      assert.equal(page.total, 23)
      seen.push(...page.items.map(({ id }) => id))
      if (page.next === undefined) break
      after = page.next
    }
    assert.deepEqual(seen, ids)
  })

  test('finds by words of the id or the name, in any order', async () => {
    await server.import(person('zoe.quill', 'Zoë Quillfeather'))
    const found = async (search: string) =>
      (await server.client.call(identityApi.people, { query: { search } })).items.map(
        ({ id }) => id,
      )
    assert.deepEqual(await found('quillf zoe.'), ['zoe.quill'])
    assert.deepEqual(await found('quillf nobody'), [])
  })
})

describe('the decision log', () => {
  const list = async (query: object) =>
    (
      await server.client.call(visibilityApi.decisions, { query: { limit: 500, ...query } })
    ).decisions.map(({ id }) => id)
  const ship = (records: readonly DecisionRecord[]) =>
    gateway.ask(networksApi.ship.path, { method: 'POST', body: { records } })

  test('puts every record together again as it was', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((it) => !it.includes('\0'))
    const value = fc.oneof(
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }),
    )
    const context = fc.record(
      {
        request: fc.oneof(
          fc.record({ method: text, path: text, host: text }, { requiredKeys: [] }),
          fc.record({ path: fc.integer() }),
          text,
        ),
        time: fc.oneof(fc.record({ hour: fc.integer() }), text),
        device: fc.dictionary(
          text.filter((it) => it !== '__proto__'),
          fc.oneof(value, fc.array(value)),
        ),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(context, (given) => {
        assert.equal(canonicalJson(contextOf(situationOf(given))), canonicalJson(given))
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(context, { minLength: 1, maxLength: 5 }), async (contexts) => {
        const records = contexts.map((it) => decision({ context: it }))
        assert.equal((await ship(records)).status, 200)
        for (const record of records) {
          const found = await server.client.call(visibilityApi.decision, {
            params: { decision: record.id },
          })
          assert.equal(canonicalJson(found.record), canonicalJson(record))
        }
      }),
      { numRuns: 20 },
    )
  })

  test('keeps one situation for requests that differ in path and moment only', async () => {
    const count = async () =>
      (await server.store.db.selectFrom('situations').select('hash').execute()).length
    const device = { id: 'only-here' }
    await ship([
      decision({ context: { device, request: { method: 'GET', path: '/1' }, time: { hour: 1 } } }),
    ])
    const before = await count()
    await ship(
      Array.from({ length: 50 }, (_, index) =>
        decision({
          context: { device, request: { method: 'GET', path: `/${index}` }, time: { hour: index } },
        }),
      ),
    )
    assert.equal(await count(), before)
  })

  test('lists the newest first, filtered, page by page', async () => {
    const mine = [
      decision({ principal: { type: 'Person', id: 'lister' } }),
      decision({ principal: { type: 'Person', id: 'lister' }, verdict: 'deny' }),
      decision({
        principal: { type: 'Person', id: 'lister' },
        resource: { type: 'Application', id: 'payroll' },
        verdict: 'step-up',
      }),
      decision({
        principal: { type: 'Person', id: 'lister' },
        resource: { type: 'Application', id: 'countersign' },
      }),
    ]
    await ship(mine)
    const [wiki, denied, payroll, own] = mine.map(({ id }) => id)
    const principal = 'lister'
    assert.deepEqual(await list({ principal }), [payroll, denied, wiki])
    assert.deepEqual(await list({ principal, own: '1' }), [own, payroll, denied, wiki])
    assert.deepEqual(await list({ principal, verdict: 'deny' }), [denied])
    assert.deepEqual(await list({ principal, application: 'payroll' }), [payroll])
    const page = await server.client.call(visibilityApi.decisions, {
      query: { principal, limit: 2 },
    })
    assert.deepEqual(
      page.decisions.map(({ id }) => id),
      [payroll, denied],
    )
    assert.equal(page.next, denied)
    assert.deepEqual(await list({ principal, before: page.next }), [wiki])
  })

  test('shows decisions as they arrive, once, and only those one asked for', async () => {
    const id = `ses_${'w'.repeat(26)}`
    await server.import(person('watcher', 'Watcher', ['administrators']))
    await server.ledger.write('x', [
      {
        event: 'identity.session.started',
        kind: 'session',
        id,
        after: {
          id,
          person: 'watcher',
          startedAt: server.now,
          endsAt: server.now + 1e7,
          authentication: {
            method: 'passkey',
            phishingResistant: true,
            observedAt: server.now,
            provenance: 'attested',
          },
        },
      },
    ])
    const lines = gateway.watch(`${visibilityApi.stream.path}?verdict=deny`, {
      id,
      person: 'watcher',
    })
    const next = async (): Promise<string> => {
      for (;;) {
        const { value } = await lines.next()
        assert.ok(value !== undefined)
        if (value.startsWith(': open')) return 'open'
        if (value.startsWith('data: ')) return (JSON.parse(value.slice(6)) as { id: string }).id
      }
    }
    assert.equal(await next(), 'open')
    const [allowed, denied, later] = [
      decision(),
      decision({ verdict: 'deny' }),
      decision({ verdict: 'deny' }),
    ]
    await ship([allowed, denied])
    await ship([denied, later])
    assert.equal(await next(), denied.id)
    assert.equal(await next(), later.id)
    await lines.return(undefined)
  })

  test('counts each decision in its hour, once', async () => {
    const hour = Math.floor(server.now / 3_600_000) * 3_600_000
    const figures = async () => {
      const { hours, counts } = await server.client.call(visibilityApi.overview, {})
      return { ...hours.find(({ at }) => at === hour)!, total: counts.decisions }
    }
    const before = await figures()
    const records = [decision(), decision({ verdict: 'deny' }), decision({ verdict: 'step-up' })]
    await Promise.all([ship(records), ship(records), ship(records)])
    const after = await figures()
    assert.deepEqual(
      [after.allow - before.allow, after.deny - before.deny, after.stepUp - before.stepUp],
      [1, 1, 1],
    )
    // The overview itself only reads, so nothing else was decided meanwhile.
    assert.equal(after.total - before.total, 3)
  })
})

describe('policies', () => {
  const make = (...files: { name: string; text: string }[]) =>
    server.client.call(policiesApi.make, { body: { files } })
  const staff = {
    name: 'wiki.cedar',
    text: '@id("wiki")\npermit (principal is Person, action == Action::"access", resource == Application::"wiki");\n',
  }
  const current = () => server.client.call(policiesApi.current, {})

  test('are released together with the product’s own, numbered, and in force at once', async () => {
    const { number } = await current()
    const made = await make(staff)
    assert.equal(made.number, number + 1)
    const release = await current()
    assert.equal(release.id, made.id)
    assert.equal(release.author, 'Workload::"operator"')
    assert.deepEqual(
      release.policies.map(({ id }) => id),
      [
        'countersign-signin',
        'countersign-saml',
        'countersign-token-exchange',
        'countersign-openid',
        'countersign-portal',
        'countersign-connect',
        'countersign-administrators-read',
        'countersign-administrators-change',
        'countersign-operator',
        'countersign-recent-tier-0',
        'countersign-strong-tier-0',
        'countersign-recent-tier-1',
        'countersign-recent-tier-2',
        'countersign-recent-tier-3',
        'countersign-recovery-code',
        'wiki',
      ],
    )
    assert.match(release.digest, /^[0-9a-f]{64}$/)
  })

  const refusals = [
    {
      name: 'that are not Cedar',
      file: { name: 'a.cedar', text: 'permit (' },
      detail: /a\.cedar:1:\d+: /,
    },
    {
      name: 'that speak of what nobody supplies',
      file: {
        name: 'a.cedar',
        text: 'permit (principal, action, resource) when { context.moon == "full" };',
      },
      detail: /a\.cedar:1:\d+: .*moon/,
    },
    {
      name: 'with an id that is used already',
      file: { name: 'b.cedar', text: staff.text.replace('"wiki")', '"countersign-portal")') },
      detail: /the id `countersign-portal` is used already at countersign\/2-portal\.cedar/,
    },
    {
      name: 'in a file that pretends to be the product’s',
      file: { name: 'countersign/9.cedar', text: staff.text },
      detail: /a name that Countersign keeps for itself/,
    },
    {
      name: 'that are templates',
      file: {
        name: 't.cedar',
        text: '@id("t")\npermit (principal == ?principal, action, resource);',
      },
      detail: /`t` is a template; write out a policy/,
    },
  ]
  for (const { name, file, detail } of refusals) {
    test(`${name} are refused, and the release in force stays`, async () => {
      const before = await current()
      await refused(make(staff, file), 'policies.invalid', detail)
      assert.equal((await current()).id, before.id)
    })
  }

  test('of the organisation outlive a new version’s own', async () => {
    await make(staff)
    const { estate } = server.ledger
    const { publicUrl } = { publicUrl: new URL('http://countersign.localhost:7400') }
    const ids = { now: () => server.now, randomBytes }
    const own = estate.release!.policies.slice(0, 2) as never[]
    const drafts = bootstrapDrafts(estate, {
      publicUrl,
      listen: { host: '0.0.0.0', port: 7401 },
      ownPolicies: own,
      ids,
    })
    const release = drafts.find(({ kind }) => kind === 'release')?.after as {
      number: number
      policies: { id: string }[]
    }
    assert.equal(release.number, estate.release!.number + 1)
    assert.deepEqual(
      release.policies.map(({ id }) => id),
      ['countersign-signin', 'countersign-saml', 'wiki'],
    )
  })

  test('are not released again by a restart', async () => {
    const before = await current()
    await server.restart()
    assert.equal((await current()).id, before.id)
  })
})

describe('my applications', () => {
  let session: { id: string; person: string }
  beforeEach(async () => {
    session = { id: `ses_${randomBytes(13).toString('hex')}`, person: 'opener' }
    await server.import(
      person('opener'),
      application('wiki', ['wiki.localhost']),
      application('vault', ['vault.localhost']),
      application('closed', ['closed.localhost']),
      application('feed', ['feed.localhost'], 'api'),
      application('planned'),
    )
    await server.client.call(policiesApi.make, {
      body: {
        files: [
          {
            name: 'a.cedar',
            text: `
permit (principal is Person, action == Action::"access", resource is Application)
when { [Application::"wiki", Application::"feed", Application::"planned"].contains(resource) };
permit (principal is Person, action == Action::"access", resource == Application::"vault")
when { context has authentication && context.authentication.ageSeconds <= 60 };`,
          },
        ],
      },
    })
    await server.ledger.write('x', [
      {
        event: 'identity.session.started',
        kind: 'session',
        id: session.id,
        after: {
          ...session,
          startedAt: server.now,
          endsAt: server.now + 1e7,
          authentication: {
            method: 'passkey',
            phishingResistant: true,
            observedAt: server.now,
            provenance: 'attested',
          },
        },
      },
    ])
  })

  test('are those I can open, and those a fresh sign-in would open', async () => {
    const mine = async () =>
      (
        (await gateway.pass(applicationsApi.mine.path, session)).json as {
          applications: { id: string; url: string; verdict: string }[]
        }
      ).applications.map(({ id, url, verdict }) => [id, url, verdict])
    assert.deepEqual(await mine(), [
      ['vault', 'http://vault.localhost:7400/', 'allow'],
      ['wiki', 'http://wiki.localhost:7400/', 'allow'],
    ])
    server.now += 120_000
    assert.deepEqual(await mine(), [
      ['vault', 'http://vault.localhost:7400/', 'step-up'],
      ['wiki', 'http://wiki.localhost:7400/', 'allow'],
    ])
  })
})
