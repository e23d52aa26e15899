// A server as the supervisor sees it: it takes its socket and its address, becomes ready, writes
// down what happens to it, and misbehaves as FAKE_SERVER says.
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { readSettings } from '@countersign/contract/settings'
import { controlSocket } from '#control.client'
import { startFakeServer } from '../../../control-server.ts'

const { dataDir, serverListen } = readSettings('server', process.env)
const tell = (line: string): void => {
  appendFileSync(join(dataDir, 'story'), `${line}\n`)
}
const behaviour = process.env['FAKE_SERVER'] ?? 'steady'

tell('server starts')
if (behaviour === 'settings') {
  process.stderr.write('`COUNTERSIGN_ODD` is odd: make it even\n')
  process.exit(2)
}
if (behaviour === 'broken') {
  process.stdout.write(`${JSON.stringify({ level: 60, msg: 'the store is not readable' })}\n`)
  process.exit(1)
}
process.on('SIGTERM', () => {
  if (behaviour === 'deaf') return
  tell('server stops')
  process.exit(0)
})
const listener = createServer()
await new Promise<void>((resolve) => listener.listen(serverListen, resolve))
await startFakeServer(controlSocket(dataDir), { setupNeeded: true })
if (behaviour === 'falling') setTimeout(() => process.exit(3), 300)
