// The server dies and stays away. The gateway decides on with what it knows, for as long as it may,
// and then refuses everything. When the server is back, so is everything else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { api } from '@countersign/contract/api'
import type { Up, UpEvent } from '@countersign/cli/fakes/installation.process'
import { ApiError } from '@countersign/contract/client'
import { hosts } from './organisation.ts'
import { eventually, newPlace, type Place, storySettings, withoutConsole } from './place.fake.ts'
import { Visitor } from './visitor.fake.ts'

// Longer than the pause between two heartbeats, or it would be stale while all is well.
const staleAfterSeconds = 7
const settings = {
  ...storySettings,
  ...withoutConsole,
  COUNTERSIGN_GATEWAY_STALE_AFTER: String(staleAfterSeconds),
}
const isReady = ({ event }: UpEvent): boolean => event === 'ready'

test(
  'a gateway decides without its server, fails closed when that lasts, and recovers',
  { timeout: 180_000 },
  async () => {
    await using place = await newPlace()
    const { installation } = place
    const serve = (): Up => installation.run(['serve', '--json'], settings)
    const server = serve()
    const { invitation } = await server.event(isReady)
    const { token } = invitation as { readonly token: string }
    await place.furnish()
    const gateway = installation.run(['gateway', '--json', '--enrol', token], settings)
    await gateway.event(isReady)

    const visitor = new Visitor(installation.ports.gateway)
    assert.equal((await visitor.become('ben')).status, 200)
    assert.match((await visitor.open(hosts.wiki, '/')).body, /hello from wiki/)
    const before = await visitor.open(hosts.payroll, '/')
    assert.equal(before.status, 403)

    // With the command goes the server it started: the channel between them closes.
    const connection = await installation.connect(installation.ports.server)
    const gone = new Promise((resolve) => connection.on('close', resolve))
    server.process.kill('SIGKILL')
    await gone

    const allowed = await visitor.visit(hosts.wiki, '/')
    assert.equal(allowed.status, 200)
    assert.match(allowed.body, /hello from wiki/)
    const refused = await visitor.visit(hosts.payroll, '/')
    assert.equal(refused.status, 403)
    assert.notEqual(refused.decision, before.decision)

    await eventually('the gateway fails closed', (staleAfterSeconds + 15) * 1000, async () => {
      const { status } = await visitor.visit(hosts.wiki, '/', { accept: 'application/json' })
      return status === 503
    })
    const stale = await visitor.visit(hosts.wiki, '/', { accept: 'application/json' })
    assert.equal((JSON.parse(stale.body) as { readonly code: string }).code, 'access.stale')

    const again = serve()
    const { invitation: second } = await again.event(isReady)
    assert.equal(second, undefined, 'a server with a gateway invites no other by itself')
    await eventually('the gateway opens again', 30_000, async () => {
      const { status } = await visitor.visit(hosts.wiki, '/')
      return status === 200
    })
    for (const decision of [before.decision, allowed.decision, refused.decision]) {
      assert.ok(decision !== undefined)
      await eventually(`\`${decision}\` is on record`, 15_000, () => isRecorded(place, decision))
    }
    gateway.process.kill('SIGTERM')
    assert.equal(await gateway.exited, 0, gateway.errors())
    again.process.kill('SIGTERM')
    assert.equal(await again.exited, 0, again.errors())
  },
)

async function isRecorded(place: Place, decision: string): Promise<boolean> {
  try {
    await place.ask((client) => client.call(api.visibility.decision, { params: { decision } }))
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false
    throw error
  }
}
