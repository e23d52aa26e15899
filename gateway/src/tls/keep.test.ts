import assert from 'node:assert/strict'
import { test } from 'node:test'
import { warnOfEnds } from './keep.job.ts'
import type { ServerCertificate } from './server-certificate.ts'

const dayMs = 86_400_000

function told(
  certificate: Pick<ServerCertificate, 'notBefore' | 'notAfter'>,
  days: readonly number[],
) {
  const messages: string[] = []
  const warned = new Map<string, number>()
  const say = (_facts: unknown, message?: string): void => void messages.push(String(message))
  for (const day of days) {
    messages.push(`day ${day}`)
    warnOfEnds(
      {
        certificates: {
          refreshIntervalMs: 1,
          at: () => undefined,
          refresh: () => Promise.resolve(),
          all: () => [{ chain: '', key: '', fingerprint: 'f', covers: () => true, ...certificate }],
        },
        now: () => day * dayMs,
        log: { warn: say, error: say },
        warningMs: 21 * dayMs,
      },
      warned,
    )
  }
  return messages
}

test('a certificate that ends in three weeks is warned of once a day, until it has expired', () => {
  assert.deepEqual(told({ notBefore: 0, notAfter: 90 * dayMs }, [0, 68, 70, 70.5, 71, 90, 91]), [
    'day 0',
    'day 68',
    'day 70',
    'a certificate ends soon; replace it',
    'day 70.5',
    'day 71',
    'a certificate ends soon; replace it',
    'day 90',
    'a certificate has expired; visitors refuse it; replace it',
    'day 91',
    'a certificate has expired; visitors refuse it; replace it',
  ])
})

test('a certificate that lives for six days is not warned of before a third of them is left', () => {
  assert.deepEqual(told({ notBefore: 0, notAfter: 6 * dayMs }, [0, 3.9, 4.1]), [
    'day 0',
    'day 3.9',
    'day 4.1',
    'a certificate ends soon; replace it',
  ])
})
