// The forms of the report: each can be read by what it is for, and none lets a name do harm.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { audit } from '#audit/audit'
import { compareAudits } from '#audit/compare'
import { account, group, now, reading, seen, sid } from '#checks/reading.fake'
import type { Account } from '#model'
import { auditCsv } from './csv.ts'
import { auditHtml } from './html.ts'
import { auditSarif } from './sarif.ts'
import { figureText } from './wording.ts'

function reportOn(...accounts: Account[]) {
  return audit([reading({ accounts, groups: [group(512, [sid(9_000)])] })], { now })
}

const evil = '<script>alert(1)</script>'

test('a cell that a spreadsheet would compute becomes text, and quotes are doubled', () => {
  for (const name of ['=1+1', '+1', '-1', '@a', '\t=1', ' =1', '"=1']) {
    const csv = auditCsv(reportOn(account(1_100, { name, lastUse: seen(200) })))
    const row = csv.split('\r\n').find((it) => it.startsWith('high,dormant-person'))
    assert.ok(row?.includes(`'${name.replaceAll('"', '""')}`), row)
  }
  const csv = auditCsv(reportOn(account(1_100, { name: 'a "b", c', lastUse: seen(200) })))
  assert.ok(csv.includes(',"a ""b"", c",'))
  assert.ok(csv.endsWith('\r\n'))
})

test('the page escapes names, has no script, and forbids itself everything but its style', () => {
  const report = reportOn(account(1_100, { name: `${evil}\u202e`, lastUse: seen(200) }))
  const page = auditHtml(report, compareAudits(reportOn(), report))
  assert.ok(!page.includes('<script'))
  assert.ok(page.includes('&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}'))
  assert.match(page, /default-src 'none'; style-src 'sha256-[\w+/=]+'/)
  assert.doesNotMatch(page, /(?:src|href)="/)
  assert.ok(page.includes('prefers-color-scheme:dark') && page.includes('@media print'))
})

test('SARIF has a rule for each result, and knows a result again after a renaming', () => {
  const before = auditSarif(reportOn(account(1_100, { name: 'ann', lastUse: seen(200) })))
  const after = auditSarif(reportOn(account(1_100, { name: 'anne', lastUse: seen(200) })))
  const results = (log: object) => JSON.parse(JSON.stringify(log)).runs[0].results as Result[]
  interface Result {
    ruleId: string
    ruleIndex: number
    partialFingerprints: object
  }
  const dormant = (log: object) => results(log).find((it) => it.ruleId === 'dormant-person')
  assert.ok(dormant(before)?.partialFingerprints)
  assert.deepEqual(dormant(before)?.partialFingerprints, dormant(after)?.partialFingerprints)
  const rules = JSON.parse(JSON.stringify(before)).runs[0].tool.driver.rules as { id: string }[]
  for (const { ruleId, ruleIndex } of results(before)) assert.equal(rules[ruleIndex]?.id, ruleId)
})

test('a comparison tells new, gone, moved and stayed apart', () => {
  const earlier = reportOn(
    account(1_100, { lastUse: seen(200) }),
    account(1_101, { lastUse: seen(200) }),
    account(1_102, { lastUse: seen(200) }),
  )
  const later = reportOn(
    account(1_101, { lastUse: seen(201) }),
    account(1_102, { lastUse: seen(200), name: 'renamed' }),
    account(1_103, { lastUse: seen(200) }),
  )
  const { appeared, gone, moved } = compareAudits(earlier, JSON.parse(JSON.stringify(later)))
  const dormant = (list: readonly { check: string; subject: { key: string } }[]) =>
    list.filter(({ check }) => check === 'dormant-person').map(({ subject }) => subject.key)
  assert.deepEqual(dormant(appeared), [sid(1_103)])
  assert.deepEqual(dormant(gone), [sid(1_100)])
  assert.deepEqual(dormant(moved.map(({ after }) => after)), [sid(1_102)])
})

test('a finding is not called gone when the later source does not say enough', () => {
  const faulty = { accounts: [account(1_100, { lastUse: seen(200) })] }
  const earlier = audit([reading(faulty)], { now })
  const later = audit([reading({ ...faulty, untold: ['lastUse'] })], { now })
  const { gone, untold } = compareAudits(earlier, later)
  assert.ok(!gone.some(({ check }) => check === 'dormant-person'))
  assert.ok(untold.some(({ check }) => check === 'dormant-person'))
})

test('every account is classified once, and every figure can be listed', () => {
  const report = reportOn(account(500, { name: 'Chef' }), account(1_100, { kind: 'contact' }))
  const { accountsRead, accountsClassified, byClass } = report.totals
  assert.equal(accountsRead, 3)
  assert.equal(accountsClassified, 3)
  assert.equal(
    Object.values(byClass).reduce((sum, count) => sum + count, 0),
    3,
  )
  assert.equal(report.figures.length, 7)
  for (const figure of report.figures) {
    if (figure.state === 'known') assert.equal(figure.listed.length, figure.count)
    else assert.ok(figure.missing.length > 0)
  }
})

test('a figure that the source cannot tell says what is needed, and is no zero', () => {
  const report = audit([reading({ untold: ['methods', 'mfaRegistered', 'members', 'roles'] })], {
    now,
  })
  for (const name of ['second-factor', 'rulers', 'stale-memberships']) {
    const figure = report.figures.find(({ id }) => id === name)
    assert.ok(figure?.state === 'cannot-tell', name)
    assert.ok(figure.missing.length > 0)
    assert.equal(figureText(figure), 'cannot tell')
  }
})

test('a value is never in a report, only where a secret was found', () => {
  const secrets = [{ attribute: 'description', looksLike: 'password' }] as const
  const report = reportOn(account(1_100, { description: 'pw: Hunter2!', secrets }))
  for (const text of [JSON.stringify(report), auditCsv(report), auditHtml(report, undefined)]) {
    assert.ok(!text.includes('Hunter2'))
    assert.ok(text.includes('description'))
  }
})
