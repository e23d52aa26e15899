import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { anyDocument, type DocumentKind, type DocumentOf } from '@countersign/contract/documents'
import { Estate, isPresent } from '@countersign/contract/estate'
import { canonicalJson } from '@countersign/contract/canonical'
import { generateOrganisation } from './organisation.ts'
import { personas } from './personas.ts'

const now = Date.UTC(2026, 2, 17, 9, 30)
const organisation = generateOrganisation({ seed: 'test', now })
const estate = Estate.from({ sequence: 1, at: now, documents: [...organisation.documents] })

function all<K extends DocumentKind>(kind: K): readonly DocumentOf<K>[] {
  return estate.all(kind)
}

test('the organisation has the promised size', () => {
  const counts = {
    person: 1_200,
    workload: 2_500,
    device: 900,
    application: 41,
  } as const
  for (const [kind, count] of Object.entries(counts)) {
    assert.equal(estate.count(kind as DocumentKind), count, kind)
  }
  const classes = Object.groupBy(all('person'), (it) => it.class)
  assert.equal(classes.employee?.length, 1_000)
  assert.equal(classes.contractor?.length, 120)
  assert.equal(classes.partner?.length, 80)
  assert.deepEqual(new Set(all('application').map(({ tier }) => tier)), new Set([0, 1, 2, 3]))
})

test('every document is one the contract accepts, and no id comes twice', () => {
  for (const item of organisation.documents) anyDocument.parse(item)
  const keys = organisation.documents.map(({ kind, document }) => `${kind}/${document.id}`)
  assert.equal(new Set(keys).size, keys.length)
})

test('the same seed and moment give the same organisation, another seed another', () => {
  const digest = (seed: string): string =>
    createHash('sha256')
      .update(canonicalJson(JSON.parse(JSON.stringify(generateOrganisation({ seed, now })))))
      .digest('hex')
  assert.equal(digest('test'), digest('test'))
  assert.notEqual(digest('test'), digest('other'))
})

test('whatever is referred to exists', () => {
  const known = (kind: DocumentKind, id: string | undefined): boolean =>
    id === undefined || estate.get(kind, id) !== undefined
  for (const it of all('person')) {
    assert.ok(known('person', it.manager) && known('person', it.sponsor), it.id)
    // The group of administrators is Countersign's own.
    for (const id of it.groups) assert.ok(id === 'administrators' || known('group', id), id)
  }
  for (const it of [...all('workload'), ...all('device'), ...all('application')]) {
    assert.ok(known('person', it.owner), it.id)
  }
  for (const it of [...all('application'), ...all('workload'), ...all('group')]) {
    for (const id of it.groups) assert.ok(known('group', id), id)
  }
  for (const it of [...all('host'), ...all('dataset')]) {
    for (const id of it.applications) assert.ok(known('application', id), id)
  }
})

test('managers form one tree with the chief executive at its root', () => {
  const managed = all('person').filter((it) => it.class !== 'partner')
  const roots = managed.filter(({ manager }) => manager === undefined)
  assert.deepEqual(
    roots.map(({ title }) => title),
    ['Chief Executive'],
  )
  for (const person of managed) {
    let steps = 0
    for (let at = person; at.manager !== undefined; steps++) {
      at = estate.get('person', at.manager)!
      assert.ok(steps < 6, `${person.id} is too far from the top`)
    }
  }
})

test('everyone who is not an employee has a sponsor who works here, and an end', () => {
  for (const it of all('person').filter((person) => person.class !== 'employee')) {
    assert.ok(it.endsAt !== undefined, it.id)
    const sponsor = estate.get('person', it.sponsor ?? '')
    assert.equal(sponsor?.class, 'employee', it.id)
    assert.ok(isPresent(sponsor, now), it.id)
  }
})

test('every application is owned by someone who works here', () => {
  for (const { id, owner } of all('application')) {
    assert.ok(isPresent(estate.get('person', owner ?? ''), now), id)
  }
})

test('six personas are there, each with one device of their own', () => {
  const found = all('person').filter(({ groups }) => groups.includes('personas'))
  assert.deepEqual(found.map(({ id }) => id).toSorted(), personas.map(({ id }) => id).toSorted())
  for (const { id } of found) {
    const devices = all('device').filter(({ owner }) => owner === id)
    assert.equal(devices.length, 1, id)
    assert.ok(isPresent(estate.get('person', id), now))
  }
  assert.deepEqual(
    found.filter(({ groups }) => groups.includes('administrators')).map(({ title }) => title),
    ['Security Administrator'],
  )
})

test('most devices are healthy; some are failing, silent or not fully observed', () => {
  const dayAgo = now - 86_400_000
  const devices = all('device').filter(({ ownership }) => ownership === 'corporate')
  const facts = (device: DocumentOf<'device'>) =>
    Object.values(device.facts).filter((fact) => fact !== undefined)
  const count = {
    failing: devices.filter((it) => facts(it).some(({ value }) => !value)).length,
    silent: devices.filter((it) => facts(it).every(({ observedAt }) => observedAt < dayAgo)).length,
    partial: devices.filter((it) => facts(it).length < 6).length,
  }
  for (const [kind, number] of Object.entries(count)) {
    assert.ok(number > 20 && number < 120, `${kind}: ${number}`)
  }
  for (const { observedAt } of devices.flatMap(facts)) assert.ok(observedAt <= now)
})

test('personnel events include the future, and only the future is without effect', () => {
  const future = organisation.personnel.filter(({ at }) => at > now)
  assert.equal(future.length, 6)
  for (const { kind, employeeNumber } of future) {
    assert.equal(kind, 'joiner')
    const member = organisation.members.find((it) => it.employeeNumber === employeeNumber)
    assert.equal(isPresent(member?.person, now), false)
  }
})
