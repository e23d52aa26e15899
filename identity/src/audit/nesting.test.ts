import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { groupGraph, nestingOf, wayUp, within } from './nesting.ts'

const graphs = fc
  .integer({ min: 1, max: 12 })
  .chain((count) =>
    fc
      .array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 30 })
      .map((edges) => ({ count, edges })),
  )

test('a group within a group is found at any depth, and cycles end', () => {
  fc.assert(
    fc.property(graphs, ({ count, edges }) => {
      const graph = groupGraph(count, edges)
      for (let top = 0; top < count; top += 1) {
        const expected = new Set([top])
        for (let size = 0; size !== expected.size;) {
          size = expected.size
          for (const [member, group] of edges) if (expected.has(group)) expected.add(member)
        }
        const found = within(graph, top)
        assert.deepEqual(new Set(found.keys()), expected)
        for (const group of found.keys()) {
          const way = wayUp(found, group)
          assert.equal(way.at(-1), top)
          for (const [index, step] of way.slice(1).entries()) {
            assert.ok(edges.some(([from, to]) => from === way[index] && to === step))
          }
        }
      }
    }),
  )
})

test('groups are in one circle exactly when each is within the other', () => {
  fc.assert(
    fc.property(graphs, ({ count, edges }) => {
      const graph = groupGraph(count, edges)
      const { cycles } = nestingOf(graph)
      const below = Array.from({ length: count }, (_, top) => within(graph, top))
      for (let one = 0; one < count; one += 1) {
        for (let other = 0; other < count; other += 1) {
          const isCircle =
            one === other
              ? edges.some(([from, to]) => from === one && to === one) ||
                cycles.some((cycle) => cycle.length > 1 && cycle.includes(one))
              : below[one]?.has(other) === true && below[other]?.has(one) === true
          const isFound = cycles.some((cycle) => cycle.includes(one) && cycle.includes(other))
          assert.equal(isFound, isCircle)
        }
      }
    }),
  )
})

test('a chain of a hundred thousand groups is neither too deep nor too slow', () => {
  const count = 100_000
  const edges = Array.from({ length: count - 1 }, (_, index) => [index, index + 1] as const)
  const graph = groupGraph(count, edges)
  assert.equal(nestingOf(graph).depths[count - 1], count - 1)
  assert.equal(within(graph, count - 1).size, count)
})
