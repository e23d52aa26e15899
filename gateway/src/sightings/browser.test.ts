import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { agentOf, Agents } from './browser.ts'
import { networkOf } from './network.ts'

const moz = 'Mozilla/5.0'
const kit = 'AppleWebKit/537.36 (KHTML, like Gecko)'

describe('a user agent', () => {
  const cases = [
    [
      `${moz} (Windows NT 10.0; Win64; x64) ${kit} Chrome/141.0.0.0 Safari/537.36`,
      'chrome',
      'windows',
    ],
    [
      `${moz} (Windows NT 10.0; Win64; x64) ${kit} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0`,
      'edge',
      'windows',
    ],
    [
      `${moz} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15`,
      'safari',
      'macos',
    ],
    [
      `${moz} (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1`,
      'safari',
      'ios',
    ],
    [
      `${moz} (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0 Mobile/15E148 Safari/604.1`,
      'chrome',
      'ios',
    ],
    [
      `${moz} (Linux; Android 14; SM-S918B) ${kit} SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36`,
      'samsung',
      'android',
    ],
    [`${moz} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`, 'firefox', 'linux'],
    [
      `${moz} (X11; CrOS x86_64 14541.0.0) ${kit} Chrome/141.0.0.0 Safari/537.36`,
      'chrome',
      'chromeos',
    ],
    ['AppleCoreMedia/1.0.0.22B83 (iPhone; U; CPU OS 18_1 like Mac OS X; en_us)', 'program', 'ios'],
    ['curl/8.5.0', 'program', 'unknown'],
    ['', 'unknown', 'unknown'],
  ] as const
  for (const [text, browser, platform] of cases) {
    test(`names ${browser} on ${platform}: ${text.slice(0, 60)}`, () => {
      assert.deepEqual(agentOf(text), { browser, platform })
    })
  }

  test('is remembered, and those who invent many cost no memory', () => {
    const agents = new Agents({ maxCount: 2 })
    const first = agents.of('curl/8')
    assert.equal(agents.of('curl/8'), first)
    agents.of('a')
    agents.of('b')
    assert.deepEqual(agents.of('curl/8'), first)
    assert.notEqual(agents.of('curl/8'), first)
  })
})

describe('a network', () => {
  const cases = [
    ['192.0.2.77', '192.0.2.0/24'],
    ['::ffff:192.0.2.77', '192.0.2.0/24'],
    ['2001:db8:1234:5678::1', '2001:db8:1234::/48'],
    ['2001:0db8::1', '2001:db8:0::/48'],
    ['::1', '0:0:0::/48'],
    ['unix', 'unix'],
  ] as const
  for (const [address, network] of cases) {
    test(`of ${address} is ${network}`, () => assert.equal(networkOf(address), network))
  }
})
