// An application from before single sign-on knows one account and a password that nobody may learn.
// Behind the gateway it gets a sign-in that it does not know of.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { glob, readFile, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { UpEvent } from '@countersign/cli/fakes/installation.process'
import { api } from '@countersign/contract/api'
import { policies } from './organisation.ts'
import { eventually, newPlace, type Place, storySettings, withoutConsole } from './place.fake.ts'
import { Visitor } from './visitor.fake.ts'

const host = 'records.localhost'
const password = randomBytes(16).toString('hex')
const basic = `Basic ${Buffer.from(`robot:${password}`).toString('base64')}`

describe('an application that knows no single sign-on', { timeout: 180_000 }, () => {
  let place: Place
  let records: Server
  let ben: Visitor

  before(async () => {
    place = await newPlace()
    const up = place.installation.up({ ...storySettings, ...withoutConsole })
    records = createServer((request, response) => {
      const isSignedIn = request.headers.authorization === basic
      response.writeHead(isSignedIn ? 200 : 401, { 'www-authenticate': 'Basic realm="records"' })
      response.end(isSignedIn ? 'the records' : 'who are you?')
    })
    await new Promise<void>((resolve) => records.listen(0, '127.0.0.1', resolve))
    await up.event(({ event }: UpEvent) => event === 'ready')
    await place.furnish()
    await place.put({
      kind: 'application',
      document: {
        id: 'records',
        name: 'Records',
        tier: 1,
        hosts: [host],
        upstream: `http://127.0.0.1:${(records.address() as AddressInfo).port}`,
        upstreamCredential: { kind: 'basic', per: 'application' },
        kind: 'web',
        groups: [],
      },
    })
    const text = `@id("records") permit (principal is Person, action == Action::"access", resource == Application::"records");`
    await place.ask((client) =>
      client.call(api.policies.make, {
        body: { files: [...policies, { name: 'records.cedar', text }] },
      }),
    )
    ben = new Visitor(place.installation.ports.gateway)
    assert.equal((await ben.become('ben')).status, 200)
  })
  after(async () => {
    records?.closeAllConnections()
    records?.close()
    await place?.[Symbol.asyncDispose]()
  })

  test('is closed until the gateway has its credential', async () => {
    await eventually('the application is known', 10_000, async () => {
      const { status } = await ben.open(host, '/')
      return status === 503
    })
  })

  test('is open to whom a policy permits once it has, and the password is nowhere in clear', async () => {
    const said = await countersign(
      ['applications', 'credential', 'set', 'records', '--user', 'robot'],
      password,
    )
    assert.equal(said, 'The credential of `records` is set.\n')
    await eventually('the application opens', 10_000, async () => {
      const { status, body } = await ben.open(host, '/')
      return status === 200 && body === 'the records'
    })
    const { dataDir } = place.installation
    let looked = 0
    for await (const name of glob('**', { cwd: dataDir })) {
      const path = join(dataDir, name)
      if (!(await stat(path)).isFile()) continue
      looked++
      const bytes = await readFile(path)
      assert.ok(!bytes.includes(password) && !bytes.includes(basic.slice(6)), path)
    }
    assert.ok(looked > 10)
  })

  test('is closed to who has not signed in', async () => {
    const stranger = new Visitor(place.installation.ports.gateway)
    const { body } = await stranger.visit(host, '/')
    assert.ok(!body.includes('the records'))
  })

  test('is closed at the next request once the credential is removed', async () => {
    await countersign(['applications', 'credential', 'remove', 'records'], '')
    await eventually('the application closes', 10_000, async () => {
      const { status } = await ben.open(host, '/')
      return status === 503
    })
  })

  async function countersign(args: readonly string[], input: string): Promise<string> {
    const main = join(import.meta.dirname, '../cli/src/main.ts')
    const child = spawn(process.execPath, [main, ...args], {
      env: { ...process.env, COUNTERSIGN_DATA_DIR: place.installation.dataDir },
    })
    let text = ''
    child.stdout.on('data', (part: Buffer) => (text += part.toString()))
    child.stderr.on('data', (part: Buffer) => (text += part.toString()))
    child.stdin.end(input)
    await new Promise((resolve) => child.once('close', resolve))
    return text
  }
})
