import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SourceError } from '#source-error'
import type { Entry } from './entry.ts'
import { text, texts } from './entry.ts'
import { ldifReader } from './ldif.ts'

function read(source: string, wanted = ['cn', 'member', 'description', 'objectsid', 'photo']) {
  const remarks: string[] = []
  const reader = ldifReader({
    file: 'dump.ldif',
    wanted: new Set(wanted),
    remark: (where, what) => remarks.push(`${where}: ${what}`),
  })
  const entries: Entry[] = []
  for (const line of source.split('\n')) {
    const entry = reader.take(line)
    if (entry) entries.push(entry)
  }
  const last = reader.end()
  if (last) entries.push(last)
  return { entries, remarks, seen: reader.seen }
}

test('entries are separated by blank lines, with a version line and comments between', () => {
  const { entries } = read(
    'version: 1\n\n# one\n  folded comment\ndn: CN=a\ncn: a\n\n\ndn: CN=b\ncn: b',
  )
  assert.deepEqual(
    entries.map((it) => [it.dn, text(it, 'cn'), it.where]),
    [
      ['CN=a', 'a', 'dump.ldif, line 5'],
      ['CN=b', 'b', 'dump.ldif, line 9'],
    ],
  )
})

test('a folded line is one line, also in the middle of base64 and of a name', () => {
  const { entries } = read('dn: CN=long\n er,DC=x\r\ndescription:: Z3LD\n vMOfZQ==\n')
  assert.equal(entries[0]?.dn, 'CN=longer,DC=x')
  assert.equal(text(entries[0] ?? assert.fail(), 'description'), 'grüße')
})

test('a name may be base64, and binary attributes stay octets', () => {
  const { entries } = read('dn:: Q049w6Q=\nobjectSid:: AQEAAAAAAAUSAAAA\n')
  assert.equal(entries[0]?.dn, 'CN=ä')
  assert.ok(entries[0]?.values.get('objectsid')?.[0] instanceof Uint8Array)
})

test('parts of a ranged attribute are put together, and a cut one is said', () => {
  const whole = read(
    'dn: CN=g\nmember;range=0-1: CN=a\nmember;range=0-1: CN=b\nmember;range=2-*: CN=c',
  )
  assert.deepEqual(texts(whole.entries[0] ?? assert.fail(), 'member'), ['CN=a', 'CN=b', 'CN=c'])
  assert.deepEqual(read('dn: CN=g\nmember;range=0-1499: CN=a').entries[0]?.partial, ['member'])
})

test('the address of a value is never followed', () => {
  const { entries, remarks } = read('dn: CN=a\nphoto:< file:///etc/passwd\ncn: a')
  assert.equal(entries[0]?.values.has('photo'), false)
  assert.match(remarks[0] ?? '', /line 2.*never fetched/)
})

test('only wanted attributes are kept, and all are known to have occurred', () => {
  const { entries, seen } = read('dn: CN=a\ncn: a\nuSNChanged: 5')
  assert.deepEqual([...(entries[0]?.values.keys() ?? [])], ['cn'])
  assert.ok(seen.has('usnchanged'))
})

test('an added entry is an entry', () => {
  assert.equal(read('dn: CN=a\nchangetype: add\ncn: a').entries.length, 1)
})

const refused = [
  ['a list of changes', 'dn: CN=a\nchangetype: modify\nreplace: cn\ncn: b', 2],
  ['a line cut before its colon', 'dn: CN=a\ncn: a\ndescri', 3],
  ['base64 that is cut', 'dn: CN=a\ndescription:: Z3LDvMO', 2],
  ['base64 that is none', 'dn: CN=a\ndescription:: !!!!', 2],
  ['an entry without a name', 'cn: a', 1],
  ['a continuation of nothing', ' cn: a', 1],
  ['another version', 'version: 2\n', 1],
  ['a malformed attribute', 'dn: CN=a\nc n: a', 2],
] as const

for (const [what, source, line] of refused) {
  test(`${what} is refused with its line`, () => {
    assert.throws(
      () => read(source),
      (error) => error instanceof SourceError && error.where === `dump.ldif, line ${line}`,
    )
  })
}
