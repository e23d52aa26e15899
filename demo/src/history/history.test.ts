import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { Authoring } from '@countersign/authoring/authoring'
import { type DecisionRecord, decisionRecord } from '@countersign/contract/decision'
import type { Release } from '@countersign/contract/documents'
import { Estate } from '@countersign/contract/estate'
import { isId } from '@countersign/contract/ids'
import { freshPasskey, withFresh } from '@countersign/contract/request'
import { type SignInRecord, signInRecord } from '@countersign/contract/sign-in-record'
import { vocabulary } from '@countersign/contract/vocabulary'
import type { RecordJson } from '@countersign/policy/json'
import { decide } from '@countersign/policy/engine'
import type { PolicySyntax } from '@countersign/policy/syntax'
import { generateOrganisation } from '#organisation/organisation'
import { dayMs } from '#organisation/people'
import { readPolicyFiles } from '#policies.file'
import { firstRelease } from '#release'
import { formerGateway, historyByDay } from './history.ts'

// Eight days around the end of a month, from a Thursday to the next; enough to see every rhythm.
const now = Date.UTC(2026, 3, 3, 0, 0)
const days = 8
const organisation = generateOrganisation({ seed: 'alder-valley', now })

describe('the recorded decisions', () => {
  let release: Release
  let byDay: (readonly DecisionRecord[])[]
  let records: readonly DecisionRecord[]
  let signIns: readonly SignInRecord[]

  before(async () => {
    release = firstRelease(await readyPolicies(), now)
    const recorded = [...historyByDay({ organisation, release, sequence: 7, days })]
    byDay = recorded.map(({ decisions }) => decisions)
    signIns = recorded.flatMap((day) => day.signIns)
    // As they come back from a store.
    records = JSON.parse(JSON.stringify(byDay.flat())) as DecisionRecord[]
  })

  test('are as many as four weeks of such days make 60,000 to 100,000', () => {
    const inFourWeeks = (records.length / days) * 28
    assert.ok(inFourWeeks > 60_000 && inFourWeeks < 100_000, `${inFourWeeks}`)
  })

  test('are records as the contract has them, in order of time and id', () => {
    for (const record of records) decisionRecord.parse(record)
    for (const [index, { id, at, gateway }] of records.entries()) {
      assert.ok(isId('decision', id))
      assert.ok(isId('gateway', gateway))
      assert.ok(index === 0 || id > (records[index - 1]?.id ?? ''), `${id} is out of order`)
      assert.ok(at < now && at >= now - (days + 1) * dayMs)
    }
    assert.ok(isId('gateway', formerGateway))
  })

  test('are reproduced, every one, by deciding them again with the same release', () => {
    const estate = Estate.from({
      sequence: 7,
      at: now,
      documents: [...organisation.documents, { kind: 'release', document: release }],
    })
    for (const record of records) {
      const { principal, resource, effective, wouldBe, verdict, id } = record
      const ask = (context: RecordJson) =>
        decide(estate.policies, estate.entities, {
          principal,
          action: { type: 'Action', id: record.action },
          resource,
          context,
        })
      const context = record.context as RecordJson
      const again = ask(context)
      assert.deepEqual({ ...again }, { effective, wouldBe }, id)
      const turned =
        principal.type === 'Person' &&
        ask(withFresh(context, freshPasskey)).effective.effect === 'allow'
      const expected = effective.effect === 'allow' ? 'allow' : turned ? 'step-up' : 'deny'
      assert.equal(verdict, expected, id)
    }
  })

  test('are the same on every machine', () => {
    const again = [...historyByDay({ organisation, release, sequence: 7, days: 1 })]
    const once = [...historyByDay({ organisation, release, sequence: 7, days: 1 })]
    assert.deepEqual(again, once)
  })

  test('show every verdict, and policies on trial that would have refused', () => {
    const count = Object.groupBy(records, ({ verdict }) => verdict)
    assert.ok((count.allow?.length ?? 0) > records.length * 0.8)
    assert.ok((count.deny?.length ?? 0) > records.length * 0.04)
    assert.ok((count['step-up']?.length ?? 0) > 20)
    const trial = new Set(
      records
        .filter(({ effective, wouldBe }) => effective.effect !== wouldBe.effect)
        .flatMap(({ wouldBe }) => wouldBe.determining),
    )
    assert.deepEqual([...trial].toSorted(), [
      'critical-needs-screen-lock',
      'program-credentials-must-end',
    ])
  })

  test('say why, whenever somebody signed in was refused by a rule', () => {
    const refused = records.filter(
      ({ verdict, effective }) => verdict !== 'allow' && effective.determining.length > 0,
    )
    for (const { id, explanation, effective } of refused) {
      for (const policy of effective.determining) {
        const entry = explanation.find((it) => it.policy === policy)
        assert.equal(entry?.outcome, 'satisfied', `${id} ${policy}`)
      }
    }
  })

  test('know nights and weekends: wards work on, offices do not', () => {
    const at = (wanted: (date: Date) => boolean): number =>
      records.filter((record) => wanted(new Date(record.at))).length
    const isWeekend = (date: Date): boolean => date.getUTCDay() % 6 === 0
    const night = at((date) => date.getUTCHours() < 5 && !isWeekend(date)) / 5
    const morning =
      at((date) => [8, 9, 10, 11].includes(date.getUTCHours()) && !isWeekend(date)) / 4
    assert.ok(night > 0 && morning > 3 * night, `${morning} by day, ${night} by night`)
    const saturday = byDay.find((day) => new Date(day[0]?.at ?? 0).getUTCDay() === 6) ?? []
    const friday = byDay.find((day) => new Date(day[0]?.at ?? 0).getUTCDay() === 5) ?? []
    assert.ok(saturday.length > 0.3 * friday.length && saturday.length < 0.75 * friday.length)
  })

  test('know the end of the month: payroll is busier then', () => {
    const payroll = (day: readonly DecisionRecord[]): number =>
      day.filter(({ resource }) => resource.id === 'payroll').length
    const on = (date: number): readonly DecisionRecord[] =>
      byDay.find((day) => new Date(day[0]?.at ?? 0).getUTCDate() === date) ?? []
    assert.ok(payroll(on(31)) > 1.4 * payroll(on(26)), `${payroll(on(31))}, ${payroll(on(26))}`)
  })

  test('rest on sign-ins: every session that decided began with one, by the same person', () => {
    const started = new Map(
      signIns.filter(({ event }) => event === 'started').map((it) => [it.session.id, it]),
    )
    for (const { session, principal, at, id } of records) {
      if (principal.type !== 'Person') continue
      const begun = started.get(session ?? '')
      assert.equal(begun?.session.person, principal.id, id)
      assert.ok((begun?.at ?? Infinity) <= at, id)
    }
    const ids = new Set(signIns.map(({ id }) => id))
    assert.equal(ids.size, signIns.length)
    for (const record of signIns) {
      signInRecord.parse(record)
      assert.ok(record.at < now)
    }
  })

  test('show sessions that were proved again, that nobody used, and that were signed out', () => {
    const of = (event: string, why?: string): number =>
      signIns.filter((it) => it.event === event && it.session.ending?.why === why).length
    assert.ok(of('started') > 1000)
    assert.ok(of('strengthened') > 10)
    assert.ok(of('ended') > of('ended', 'idle') && of('ended', 'idle') > 100)
  })

  test('nobody is recorded before their first day, after their last, or before they moved here', () => {
    const members = new Map(organisation.members.map((it) => [it.person.id, it]))
    for (const { principal, at, id } of records) {
      if (principal.type !== 'Person') continue
      const member = members.get(principal.id)
      assert.ok(member, id)
      assert.ok(member.joinedAt <= at && at < (member.person.endsAt ?? Infinity), id)
      assert.ok((member.move?.at ?? 0) <= at, id)
    }
  })
})

async function readyPolicies(): Promise<PolicySyntax[]> {
  const authoring = new Authoring()
  try {
    const policies: PolicySyntax[] = []
    for (const { name, text } of await readPolicyFiles()) {
      const parsed = await authoring.parsePolicies(text, { file: name, schema: vocabulary })
      policies.push(...parsed.policies)
    }
    return policies
  } finally {
    await authoring.close()
  }
}
