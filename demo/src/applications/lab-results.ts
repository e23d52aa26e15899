// Laboratory results as JSON, for programs and for whoever reads JSON. Everybody in it is invented.
import type { Caller } from './assertion.ts'
import { json, type Reply } from './page.ts'

const tests = [
  ['Haemoglobin', 'g/l', 118, 166],
  ['Potassium', 'mmol/l', 3.5, 5.3],
  ['Creatinine', 'µmol/l', 45, 104],
  ['C-reactive protein', 'mg/l', 0, 5],
  ['Troponin T', 'ng/l', 0, 14],
  ['Glucose', 'mmol/l', 3.9, 7.8],
] as const

const resultCount = 40

interface Result {
  readonly id: number
  readonly specimen: string
  readonly patient: string
  readonly test: string
  readonly value: number
  readonly unit: string
  readonly reference: string
  readonly isOutside: boolean
}

// Spread over the range and a little beyond it, the same for the same number.
const results: readonly Result[] = Array.from({ length: resultCount }, (_, index) => {
  const id = index + 1
  const [test, unit, low, high] = tests[index % tests.length] ?? tests[0]
  const share = ((id * 37) % 100) / 100
  const value = Number((low + (high - low) * (share * 1.3 - 0.1)).toFixed(1))
  return {
    id,
    specimen: `S-${String(26_000 + id * 17)}`,
    patient: `P-${String(4_000 + ((id * 13) % 60))}`,
    test,
    value,
    unit,
    reference: `${low} to ${high}`,
    isOutside: value < low || value > high,
  }
})

/** The answer to a request of the laboratory's interface. */
export function labResults(method: string, path: string, caller: Caller): Reply {
  if (method !== 'GET') {
    return json(405, { title: 'results are only read here', remedy: 'use GET' })
  }
  if (path === '/') {
    return json(200, {
      service: 'Laboratory Results, Alder Valley Health',
      you: { type: caller.type, id: caller.id, session: caller.session ?? null },
      links: { all: '/results', one: '/results/1' },
    })
  }
  if (path === '/results') return json(200, { count: results.length, results })
  const [, id] = /^\/results\/(\d{1,4})$/.exec(path) ?? []
  const result = results.find((it) => it.id === Number(id))
  return result
    ? json(200, result)
    : json(404, { title: 'there is no such result', remedy: 'see /results' })
}
