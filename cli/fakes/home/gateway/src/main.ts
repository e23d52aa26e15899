// A gateway as the supervisor sees it: it needs a token until it is enrolled, becomes ready, and
// writes down what happens to it.
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { readSettings } from '@countersign/contract/settings'

const { dataDir, gatewayListen, gatewayOperateListen, gatewayEnrolmentToken } = readSettings(
  'gateway',
  process.env,
)
const tell = (line: string): void => {
  appendFileSync(join(dataDir, 'story'), `${line}\n`)
}
const enrolment = join(dataDir, 'gateway', 'enrolment.json')

if (existsSync(enrolment)) {
  tell('gateway starts enrolled')
} else {
  tell(`gateway starts with ${gatewayEnrolmentToken?.reveal() ?? 'no token'}`)
  if (!gatewayEnrolmentToken) process.exit(2)
  mkdirSync(join(dataDir, 'gateway'), { recursive: true })
  writeFileSync(enrolment, '{}')
}
process.on('SIGTERM', () => {
  tell('gateway stops')
  process.exit(0)
})
for (const address of [gatewayListen, gatewayOperateListen]) {
  const server = createServer((_request, response) => response.end())
  await new Promise<void>((resolve) => server.listen(address, resolve))
}
