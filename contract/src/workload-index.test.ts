// Which workload a name from outside stands for, whatever came and went before.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Workload } from './documents.ts'
import { WorkloadIndex } from './workload-index.ts'

const federation = (subject: string) => ({
  issuer: 'https://ci.example.org',
  subject,
  audience: 'us',
})
const name = fc.constantFrom('a', 'b', 'c')
const workload = fc
  .record({
    id: fc.constantFrom('one', 'two', 'three'),
    spiffe: fc.option(name, { nil: undefined }),
    subjects: fc.uniqueArray(name, { maxLength: 2 }),
  })
  .map(({ id, spiffe, subjects }): Workload => ({
    id,
    name: id,
    class: 'service',
    active: true,
    groups: [],
    ...(spiffe === undefined ? {} : { spiffeId: `spiffe://example.org/${spiffe}` }),
    federations: subjects.map(federation),
  }))

test('a name stands for the one workload that has it, and for none where two have it', () => {
  const steps = fc.array(fc.record({ workload, goes: fc.boolean() }), { maxLength: 30 })
  fc.assert(
    fc.property(steps, (changes) => {
      const index = new WorkloadIndex()
      const known = new Map<string, Workload>()
      for (const { workload: it, goes } of changes) {
        const before = known.get(it.id)
        if (before) index.remove(before)
        known.delete(it.id)
        const shares = (other: Workload): boolean =>
          (it.spiffeId !== undefined && other.spiffeId === it.spiffeId) ||
          (it.federations ?? []).some(({ subject }) =>
            other.federations?.some((theirs) => theirs.subject === subject),
          )
        assert.equal(index.faultOf(it) !== undefined, [...known.values()].some(shares))
        if (goes) continue
        index.add(it)
        known.set(it.id, it)
      }
      for (const part of ['a', 'b', 'c']) {
        const only = (has: (it: Workload) => boolean): string | undefined => {
          const [first, second] = [...known.values()].filter(has)
          return second === undefined ? first?.id : undefined
        }
        const spiffeId = `spiffe://example.org/${part}`
        assert.equal(
          index.bySpiffeId(spiffeId),
          only((it) => it.spiffeId === spiffeId),
        )
        assert.equal(
          index.byFederation(federation(part)),
          only((it) => it.federations?.some(({ subject }) => subject === part) === true),
        )
      }
    }),
  )
})

test('a workload may say the same twice', () => {
  const index = new WorkloadIndex()
  const twice: Workload = {
    id: 'one',
    name: 'one',
    class: 'service',
    active: true,
    groups: [],
    federations: [federation('a'), federation('a')],
  }
  assert.equal(index.faultOf(twice), undefined)
  index.add(twice)
  assert.equal(index.byFederation(federation('a')), 'one')
  index.remove(twice)
  assert.equal(index.byFederation(federation('a')), undefined)
})
