import assert from 'node:assert/strict'
import { test } from 'node:test'
import { directoryReader } from './directory.ts'
import type { Value } from './entry.ts'
import { grantsOf } from './security-descriptor.ts'

const now = Date.UTC(2026, 2, 17)

/** A security identifier `S-1-5-21-1-2-3-rid` in octets. */
function sid(rid: number): Buffer {
  const octets = Buffer.from('010500000000000515000000010000000200000003000000', 'hex')
  return Buffer.concat([octets, word(rid)])
}

function word(value: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeUInt32LE(value)
  return octets
}

function ace(kind: number, flags: number, mask: number, body: Buffer): Buffer {
  const head = Buffer.from([kind, flags, 0, 0])
  head.writeUInt16LE(8 + body.length, 2)
  return Buffer.concat([head, word(mask), body])
}

const replicateAll = Buffer.from(
  'ad f6 31 11 07 9c d1 11 f7 9f 00 c0 4f c2 dc d2'.replaceAll(' ', ''),
  'hex',
)

function descriptor(owner: Buffer, aces: readonly Buffer[]): Buffer {
  const list = Buffer.concat([Buffer.from([4, 0, 0, 0]), word(aces.length), ...aces])
  list.writeUInt16LE(list.length, 2)
  const offsets = [20, 0, 0, 20 + owner.length].map(word)
  return Buffer.concat([Buffer.from([1, 0, 4, 0x80]), ...offsets, owner, list])
}

const held = descriptor(sid(512), [
  ace(0x00, 0x10, 0xf_01ff, sid(1104)),
  ace(0x05, 0, 0x100, Buffer.concat([word(1), replicateAll, sid(1105)])),
  ace(0x00, 0x08, 0xf_01ff, sid(1106)),
  ace(0x01, 0, 0xf_01ff, sid(1107)),
  ace(0x00, 0, 0x10, sid(1108)),
])

test('an access list says who owns, who may do everything and who may replicate secrets', () => {
  assert.deepEqual(grantsOf(held), [
    { holder: 'S-1-5-21-1-2-3-512', right: 'owns', inherited: false },
    { holder: 'S-1-5-21-1-2-3-1104', right: 'everything', inherited: true },
    { holder: 'S-1-5-21-1-2-3-1105', right: 'replicate-secrets', inherited: false },
  ])
})

test('octets that are no access list, or a cut one, are none', () => {
  assert.equal(grantsOf(Buffer.from('nonsense')), undefined)
  for (let length = 0; length < held.length; length++) {
    assert.doesNotThrow(() => grantsOf(held.subarray(0, length)))
  }
  assert.equal(grantsOf(held.subarray(0, held.length - 1)), undefined)
})

function reading(
  ...entries: readonly (readonly [string, Readonly<Record<string, readonly Value[]>>])[]
) {
  const directory = directoryReader()
  const seen = new Set<string>()
  for (const [dn, values] of entries) {
    for (const name of Object.keys(values)) seen.add(name)
    directory.take({ dn, where: dn, values: new Map(Object.entries(values)), partial: [] })
  }
  return directory.finish({ name: 'test', readAt: now, seen })
}

test('rights on the domain name their holder by the account it is', () => {
  const { access } = reading(
    [
      'DC=x',
      { objectclass: ['domainDNS'], objectsid: ['S-1-5-21-1-2-3'], ntsecuritydescriptor: [held] },
    ],
    [
      'CN=ann,DC=x',
      { objectclass: ['user'], objectsid: [sid(1104)], objectguid: [Buffer.alloc(16)] },
    ],
  )
  assert.deepEqual(access[1], {
    holder: '00000000-0000-0000-0000-000000000000',
    right: 'everything',
    inherited: true,
    target: 'S-1-5-21-1-2-3',
    targetKind: 'domain',
  })
})

test('who may act for a machine is read from its access list', () => {
  const { machines } = reading([
    'CN=web,DC=x',
    {
      objectclass: ['user', 'computer'],
      objectsid: [sid(1200)],
      useraccountcontrol: ['4096'],
      'msds-allowedtoactonbehalfofotheridentity': [
        descriptor(sid(512), [ace(0, 0, 0xf_01ff, sid(1104))]),
      ],
    },
  ])
  assert.equal(machines[0]?.kind, 'computer')
  assert.deepEqual(machines[0]?.actedForBy, ['S-1-5-21-1-2-3-1104'])
})

const trusts = [
  ['within a forest nothing is filtered', '32', 'within-forest', undefined, false],
  ['a forest filters', '8', 'forest', true, false],
  ['a forest treated as external does not', '72', 'forest', false, false],
  ['an external domain does not', '0', 'external', false, false],
  ['a quarantined domain filters, and tickets may be delegated', '2052', 'external', true, true],
] as const

for (const [name, attributes, kind, sidFiltering, ticketDelegation] of trusts) {
  test(`of trusts: ${name}`, () => {
    const [trust] = reading([
      'CN=o,DC=x',
      { objectclass: ['trustedDomain'], trustattributes: [attributes], trustdirection: ['3'] },
    ]).trusts
    assert.equal(trust?.direction, 'both')
    assert.equal(trust?.kind, kind)
    assert.equal(trust?.sidFiltering, sidFiltering)
    assert.equal(trust?.ticketDelegation, ticketDelegation)
  })
}

test('a template says what its bits mean, and whether any authority issues from it', () => {
  const template = {
    objectclass: ['pKICertificateTemplate'],
    'mspki-certificate-name-flag': ['1'],
    'mspki-enrollment-flag': ['0'],
    pkiextendedkeyusage: ['1.3.6.1.5.5.7.3.2'],
  }
  const { templates } = reading(
    ['CN=web', { ...template, cn: ['Web'] }],
    ['CN=old', { ...template, cn: ['Old'], 'mspki-enrollment-flag': ['2'] }],
    ['CN=ca', { objectclass: ['pKIEnrollmentService'], certificatetemplates: ['Web'] }],
  )
  assert.deepEqual(templates[0], {
    id: 'CN=web',
    name: 'Web',
    requesterNamesSubject: true,
    requesterNamesAlternative: false,
    clientAuthentication: true,
    approvalRequired: false,
    published: true,
  })
  assert.equal(templates[1]?.published, false)
  assert.equal(templates[1]?.approvalRequired, true)
})
