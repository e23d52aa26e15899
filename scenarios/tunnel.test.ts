// A technician reaches a shell and a database that no browser opens, and loses both at the moment
// policies say so.
import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { api } from '@countersign/contract/api'
import type { ImportLine } from '@countersign/contract/api/automation'
import type { UpEvent } from '@countersign/cli/fakes/installation.process'
import { Client } from 'pg'
import { lacking } from '../test/parts.ts'
import { type Postgres, startPostgres } from '../test/postgres.ts'
import { type Home, newHome, type Running } from './command.fake.ts'
import { person, policies } from './organisation.ts'
import { newPlace, type Place, storySettings, withoutConsole } from './place.fake.ts'
import { type SshServer, startSshServer } from './ssh-server.fake.ts'
import { Visitor } from './visitor.fake.ts'

const tunnelPolicies = {
  name: 'tunnels.cedar',
  text: `
@id("technicians-connect")
@title("Technicians reach machines and databases")
permit (principal is Person in Group::"technicians", action == Action::"connect", resource)
when { resource has kind && resource.kind == "tcp" };
`,
}

describe('a tunnel', { skip: await lacking('ssh', 'postgres'), timeout: 240_000 }, () => {
  let place: Place
  let home: Home
  let sshd: SshServer
  let postgres: Postgres
  let databaseUrl: URL
  let technician: Visitor

  before(async () => {
    place = await newPlace()
    const up = place.installation.up({ ...storySettings, ...withoutConsole })
    ;[sshd, postgres] = await Promise.all([startSshServer(), startPostgres()])
    databaseUrl = new URL(await postgres.createDatabase())
    const ready = await up.event(({ event }: UpEvent) => event === 'ready')
    home = await newHome(String(ready['consoleUrl']))
    await place.furnish()
    await place.put(
      { kind: 'group', document: { id: 'technicians', name: 'Technicians', groups: [] } },
      tcp('maintenance', sshd.port),
      tcp('database', Number(databaseUrl.port)),
      person('ben', 'Ben Osei', ['personas', 'technicians']),
      person('eve', 'Eve', ['personas']),
    )
    await place.ask((client) =>
      client.call(api.policies.make, { body: { files: [...policies, tunnelPolicies] } }),
    )
    technician = new Visitor(place.installation.ports.gateway)
    assert.equal((await technician.become('ben')).status, 200)
  })
  after(async () => {
    await home?.[Symbol.asyncDispose]()
    await sshd?.[Symbol.asyncDispose]()
    await postgres?.stop()
    await place?.[Symbol.asyncDispose]()
  })

  const ssh = (...words: readonly string[]): Running =>
    home.run('ssh', [
      ...sshd.clientArguments('maintenance.localhost', home.line('connect', '--stdio', '%h:%p')),
      ...words,
    ])
  const approve = (visitor: Visitor, userCode: string) =>
    visitor.visit('countersign.localhost', '/api/signin/device/approve', {
      method: 'POST',
      body: { userCode },
    })

  test('begins with a sign-in that shows a code, and that somebody approves', async () => {
    const shell = ssh('echo', 'hello', 'from', 'the', 'shell')
    const said = await shell.said(/code [A-Z]{4}-[A-Z]{4}/)
    assert.match(said, /countersign\.localhost:\d+\/connect\?code=[A-Z]{4}-[A-Z]{4}/)
    const [, code = ''] = /code ([A-Z]{4}-[A-Z]{4})/.exec(said) ?? []
    const stranger = new Visitor(place.installation.ports.gateway)
    assert.equal((await approve(stranger, code)).status, 401)
    assert.equal((await approve(technician, code)).status, 200)
    assert.equal(await shell.exited, 0)
    assert.equal(shell.out(), 'hello from the shell\n')
    assert.match(shell.errors(), /Signed in as Ben Osei/)
  })

  test('keeps its token where nobody else reads, and says it nowhere', async () => {
    const { mode } = await stat(home.signIns)
    assert.equal(mode & 0o777, 0o600)
    const { token } = await keptToken(home)
    assert.match(token, /^[\w-]{43}$/)
    const shell = ssh('true')
    assert.equal(await shell.exited, 0)
    assert.ok(!shell.errors().includes(token))
    const logs = JSON.stringify(
      await place.ask((client) =>
        client.call(api.visibility.decisions, { query: { limit: 100, own: '1' } }),
      ),
    )
    assert.ok(!logs.includes(token))
  })

  test('carries a database session from a port of this machine, several at once', async () => {
    const listening = home.countersign('connect', 'database', '--json')
    const port = await portOf(listening)
    const clients = await Promise.all(
      [1, 2, 3].map(async () => {
        const client = new Client({ connectionString: at(databaseUrl, port) })
        await client.connect()
        return client
      }),
    )
    const answers = await Promise.all(
      clients.map((client, index) =>
        client.query<{ readonly n: number; readonly text: string }>(
          `select $1::int as n, repeat('x', 1000000) as text`,
          [index],
        ),
      ),
    )
    assert.deepEqual(
      answers.map(({ rows: [row] }) => [row?.n, row?.text.length]),
      [
        [0, 1_000_000],
        [1, 1_000_000],
        [2, 1_000_000],
      ],
    )
    await Promise.all(clients.map((client) => client.end()))
    listening.process.kill('SIGINT')
    assert.equal(await listening.exited, 0)
    const opened = listening.errors().match(/"event":"opened","decision":"(dec_\w+)"/g) ?? []
    assert.equal(new Set(opened).size, 3, 'a decision of its own for each')
  })

  test('is a decision that reads as what it was', async () => {
    const { decisions } = await place.ask((client) =>
      client.call(api.visibility.decisions, { query: { application: 'maintenance', limit: 1 } }),
    )
    assert.equal(decisions[0]?.action, 'connect')
    assert.equal(decisions[0]?.principal.id, 'ben')
    assert.equal(decisions[0]?.method, 'CONNECT')
  })

  test('ends when its person loses the right, and says why', async () => {
    const shell = ssh('echo', 'working;', 'cat')
    await shell.said('working')
    const listening = home.countersign('connect', 'database')
    const port = await portOf(listening)
    const client = new Client({ connectionString: at(databaseUrl, port) })
    const lost = new Promise((resolve) => client.on('error', resolve))
    await client.connect()
    await place.put(person('ben', 'Ben Osei', ['personas']))
    await lost
    assert.notEqual(await shell.exited, 0)
    await shell.said(/the tunnel was ended \(dec_\w+\)/)
    await shell.said(/Technicians reach machines and databases. allows this to others, not to you/)
    await listening.said(/the tunnel was ended \(dec_\w+\)/)
    listening.process.kill('SIGINT')
    assert.equal(await listening.exited, 0)
  })

  test('is refused after that, with the reason and the decision', async () => {
    const words = ['connect', '--stdio', `maintenance.localhost:${sshd.port}`] as const
    const refused = home.countersign(...words)
    refused.process.stdin?.end()
    assert.equal(await refused.exited, 4)
    assert.match(refused.errors(), /access is refused/)
    assert.match(refused.errors(), /“Technicians reach machines and databases”/)
    assert.match(refused.errors(), /dec_\w+/)
    assert.equal(refused.out(), '')
    await place.put(person('ben', 'Ben Osei', ['personas', 'technicians']))
  })

  test('leads to one port and nowhere else', async () => {
    const elsewhere = home.countersign(
      'connect',
      '--stdio',
      `maintenance.localhost:${databaseUrl.port}`,
    )
    elsewhere.process.stdin?.end()
    assert.equal(await elsewhere.exited, 5)
    const unknown = home.countersign('connect', 'payroll')
    assert.equal(await unknown.exited, 5)
    assert.match(unknown.errors(), /you may connect to `database`, `maintenance`/)
  })

  test('ends with the sign-out, which forgets the token', async () => {
    const shell = ssh('echo', 'working;', 'cat')
    await shell.said('working')
    const out = home.countersign('signout')
    assert.equal(await out.exited, 0)
    assert.notEqual(await shell.exited, 0)
    await shell.said(/The sign-in that opened it counts no more/)
    await assert.rejects(keptToken(home))
    // The browser in which it was approved stays signed in.
    assert.equal((await technician.me()).status, 200)
  })
})

function tcp(id: string, port: number): ImportLine {
  return {
    kind: 'application',
    document: {
      id,
      name: id,
      tier: 1,
      hosts: [`${id}.localhost`],
      upstream: `tcp://127.0.0.1:${port}`,
      kind: 'tcp',
      groups: [],
    },
  }
}

async function portOf(listening: Running): Promise<number> {
  const said = await listening.said(/127\.0\.0\.1:\d+\. |"port":\d+/)
  return Number(/127\.0\.0\.1:(\d+)\. |"port":(\d+)/.exec(said)?.slice(1).find(Boolean))
}

function at(url: URL, port: number): string {
  const moved = new URL(url)
  moved.port = String(port)
  return moved.href
}

async function keptToken(home: Home): Promise<{ readonly token: string }> {
  const { consoles } = JSON.parse(await readFile(home.signIns, 'utf8')) as {
    readonly consoles: Readonly<Record<string, { readonly token: string }>>
  }
  const [kept] = Object.values(consoles)
  assert.ok(kept)
  return kept
}
