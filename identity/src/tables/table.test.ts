import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Reading } from '#reading'
import { cellMoment } from './cells.ts'
import { readCsv, readRows } from './table.file.ts'

const now = Date.UTC(2026, 2, 17)
let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-table-'))
})
after(async () => rm(folder, { recursive: true }))

async function read(content: string, columns?: Readonly<Record<string, string>>): Promise<Reading> {
  const path = join(folder, 'list.csv')
  await writeFile(path, content)
  return readCsv(path, columns, { now })
}

test('a list of accounts is known by its columns, and says what they say', async () => {
  const reading = await read(
    'Username;Enabled;Last Login;Manager;Groups;Description\n' +
      'ann;yes;2026-01-02;Bo;Staff|Admins;"a;b"\nbo;no;never;;Staff;password=Sunny1day\n',
  )
  assert.equal(reading.system, 'accounts')
  const [ann, bo] = reading.accounts
  assert.equal(ann?.enabled, true)
  assert.deepEqual(ann?.lastUse, {
    kind: 'between',
    notBefore: Date.UTC(2026, 0, 2),
    notAfter: Date.UTC(2026, 0, 2),
    evidence: ['Last Login'],
  })
  assert.equal(ann?.manager, 'bo')
  assert.equal(bo?.enabled, false)
  assert.equal(bo?.lastUse.kind, 'never')
  assert.doesNotMatch(JSON.stringify(reading), /Sunny1day/)
  assert.deepEqual(
    reading.groups.map(({ name, members }) => [name, members]),
    [
      ['Staff', ['ann', 'bo']],
      ['Admins', ['ann']],
    ],
  )
  assert.ok(reading.tells.has('lastUse'))
  assert.equal(reading.tells.has('employeeId'), false)
})

test('a personnel feed is known by when people start and leave', async () => {
  const reading = await read(
    'Employee ID,Name,Start Date,End Date,Worker Type,Status\n7,Ann,2020-01-01,,Regular,Active\n8,Bo,2021-01-01,2025-12-31,Contractor,Terminated\n',
  )
  assert.equal(reading.system, 'personnel')
  assert.deepEqual(reading.personnel[1], {
    key: '8',
    name: 'Bo',
    kind: 'contractor',
    startsAt: Date.UTC(2021, 0, 1),
    endsAt: Date.UTC(2025, 11, 31),
    left: true,
  })
  assert.equal(reading.personnel[0]?.left, false)
})

test('a declared column goes before any guess', async () => {
  const reading = await read('Kennung,Username\nA1,ann\n', { name: 'Kennung' })
  assert.equal(reading.accounts[0]?.name, 'A1')
  await assert.rejects(read('a,b\n1,2\n', { colour: 'a' }), /no column means `colour`/)
})

test('a formula stays the text it is', async () => {
  const reading = await read('username,title\nann,"=HYPERLINK(""http://x"",""y"")"\n@sum,-1+1\n')
  assert.equal(reading.accounts[0]?.title, '=HYPERLINK("http://x","y")')
  assert.equal(reading.accounts[1]?.name, '@sum')
})

test('rows without a name and rows that occur twice are left out and said', async () => {
  const reading = await read('username,enabled\nann,yes\n,yes\nann,no\n')
  assert.equal(reading.accounts.length, 1)
  assert.equal(reading.totals.leftOut, 2)
  assert.equal(reading.totals.entries, 3)
  assert.deepEqual(
    reading.remarks.map(({ where }) => where.split(', ')[1]),
    ['line 3', 'line 4'],
  )
})

const refused = [
  ['a cell that is cut', 'username,title\nann,"cut', /line 2: .*never closed/],
  ['a row with too few cells', 'username,title\nann\n', /line 2: .*as many cells/],
  ['a column that occurs twice', 'username,username\na,b\n', /occurs twice/],
  ['columns that say nothing', 'x,y\n1,2\n', /no column names accounts/],
  ['an empty file', '', /empty/],
] as const

for (const [what, content, message] of refused) {
  test(`${what} is refused with its place`, async () => assert.rejects(read(content), message))
}

test('a date that can be misread says nothing, and that is remarked', async () => {
  assert.equal(cellMoment('03/04/2026'), undefined)
  assert.equal(cellMoment('2026-03-04'), Date.UTC(2026, 2, 4))
  assert.equal(cellMoment('2026-03-04 10:00:00'), Date.UTC(2026, 2, 4, 10))
  assert.equal(cellMoment('2026-03-04T10:00:00+02:00'), Date.UTC(2026, 2, 4, 8))
  assert.equal(cellMoment(1_772_582_400), Date.UTC(2026, 2, 4))
  const reading = await read('username,lastlogin\nann,03/04/2026\n')
  assert.equal(reading.accounts[0]?.lastUse.kind, 'unknown')
  assert.match(reading.remarks[0]?.what ?? '', /no date/)
})

test('a list of objects is read as a table is', () => {
  const reading = readRows('list.json', [{ login: 'ann', active: true }], undefined, { now })
  assert.equal(reading.accounts[0]?.enabled, true)
})
