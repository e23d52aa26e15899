import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { OwnedDevices } from './owned-devices.ts'

test('a person owns exactly the devices that name them last, however they changed hands', () => {
  const id = fc.constantFrom('laptop', 'phone', 'desk')
  const owner = fc.constantFrom('ada', 'bob', undefined)
  const step = fc.oneof(
    fc.record({ op: fc.constant('put' as const), id, owner }),
    fc.record({ op: fc.constant('remove' as const), id }),
  )
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const index = new OwnedDevices()
      const owners = new Map<string, string | undefined>()
      for (const each of steps) {
        if (each.op === 'remove') {
          index.remove(each.id)
          owners.delete(each.id)
        } else {
          const { id: device, owner: by } = each
          index.put({ id: device, ...(by === undefined ? {} : { owner: by }) })
          owners.set(device, by)
        }
      }
      for (const person of ['ada', 'bob']) {
        const expected = [...owners].flatMap(([device, by]) => (by === person ? device : []))
        assert.deepEqual([...index.of(person)].sort(), expected.sort())
      }
    }),
  )
})
