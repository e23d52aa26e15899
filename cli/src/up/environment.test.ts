import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#failure'
import { planOf, urlOf } from './environment.ts'

const place = { directory: '/srv/house', home: '/opt/countersign' }

test('everything that follows from an address follows it', () => {
  const environment = {
    PATH: '/bin',
    COUNTERSIGN_SERVER_LISTEN: '0.0.0.0:8401',
    COUNTERSIGN_GATEWAY_LISTEN: '[::]:8400',
    COUNTERSIGN_DATA_DIR: 'data',
  }
  const plan = planOf(undefined, { ...place, environment })
  assert.equal(plan.controlSocket, '/srv/house/data/control.sock')
  assert.equal(plan.gatewayUrl, 'http://[::1]:8400')
  assert.deepEqual(plan.console, { directory: '/opt/countersign/console/dist', ours: true })
  assert.deepEqual(plan.gateway, {
    ...environment,
    COUNTERSIGN_DATA_DIR: '/srv/house/data',
    COUNTERSIGN_CONSOLE_DIR: '/opt/countersign/console/dist',
    COUNTERSIGN_SERVER_URL: 'http://127.0.0.1:8401',
    COUNTERSIGN_PUBLIC_URL: 'http://countersign.localhost:8400',
  })
})

test('a gateway with certificates is reached over https', () => {
  const environment = { COUNTERSIGN_GATEWAY_TLS: 'own', COUNTERSIGN_GATEWAY_LISTEN: '[::]:8400' }
  const plan = planOf(undefined, { ...place, environment })
  assert.equal(plan.gatewayUrl, 'https://[::1]:8400')
  assert.equal(plan.consoleUrl, 'https://countersign.localhost:8400')
})

test('what someone says goes before what follows', () => {
  const environment = {
    COUNTERSIGN_DATA_DIR: 'data',
    COUNTERSIGN_CONSOLE_DIR: 'mine',
    COUNTERSIGN_SERVER_URL: 'https://control.example',
    COUNTERSIGN_PUBLIC_URL: 'https://sign.example',
  }
  const plan = planOf('/srv/data', { ...place, environment })
  assert.equal(plan.dataDir, '/srv/data')
  assert.equal(plan.consoleUrl, 'https://sign.example')
  assert.deepEqual(plan.console, { directory: 'mine', ours: false })
  assert.equal(plan.gateway['COUNTERSIGN_SERVER_URL'], 'https://control.example')
})

const wrong = [
  ['a port that is not fixed', { COUNTERSIGN_GATEWAY_LISTEN: '127.0.0.1:0' }, /port 0/],
  ['a setting of the server', { COUNTERSIGN_DEMO: 'yes' }, /`COUNTERSIGN_DEMO` is `yes`/],
  ['a setting of the gateway', { COUNTERSIGN_GATEWAY_STALE_AFTER: 'soon' }, /STALE_AFTER/],
  ['a setting of nobody', { COUNTERSIGN_GATEWY_NAME: 'x' }, /unknown setting/],
] as const

test('a wrong setting is refused before anything starts', () => {
  for (const [name, environment, message] of wrong) {
    assert.throws(() => planOf(undefined, { ...place, environment }), message, name)
  }
  assert.throws(
    () => planOf(undefined, { ...place, environment: wrong[0][1] }),
    (error) => error instanceof Failure && error.exit === 'usage',
  )
})

test('an address is reached by a URL', () => {
  const rows = [
    ['127.0.0.1', 'http://127.0.0.1:80'],
    ['::1', 'http://[::1]:80'],
    ['0.0.0.0', 'http://127.0.0.1:80'],
    ['::', 'http://[::1]:80'],
    ['control.internal', 'http://control.internal:80'],
  ] as const
  for (const [host, url] of rows) assert.equal(urlOf({ host, port: 80 }), url)
})
