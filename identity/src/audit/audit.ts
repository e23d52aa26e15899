// The audit: every check over every source that can decide it, the figures, and totals that add up.
import { type About, type Check, type Subjects, type Verdict } from '#checks/check'
import { checks } from '#checks/table'
import { attributes, type AttributeName, type Reading } from '#reading'
import { type AuditReport, auditSchema, type AuditTotals, auditVersion } from './audit-report.ts'
import { type Class, classes } from './classify.ts'
import { figuresOf } from './figures.ts'
import { type CheckResult, type Finding, severities, type Subject } from './finding.ts'
import { type Picture, pictureOf, type Site } from './picture.ts'

export interface AuditOptions {
  /** The moment that ages are counted from, in milliseconds since the epoch. */
  readonly now: number
  /** Told before each step of the work, in words. */
  readonly onProgress?: (text: string) => void
}

/** What is wrong with what was read. At least one of the readings is of accounts. */
export function audit(
  readings: readonly Reading[],
  { now, onProgress = () => {} }: AuditOptions,
): AuditReport {
  onProgress('working out classes, memberships and power')
  const picture = pictureOf(readings, now)
  const findings: Finding[] = []
  const results = checks.map((check) => {
    onProgress(`checking: ${check.title}`)
    return run(check, picture, findings)
  })
  const rank = new Map(checks.map(({ id }, index) => [id, index]))
  const severityRank = new Map(severities.map((severity, index) => [severity, index]))
  const rankOf = ({ severity, check }: Finding): number =>
    (severityRank.get(severity) ?? 0) * checks.length + (rank.get(check) ?? 0)
  return {
    schema: auditSchema,
    version: auditVersion,
    at: now,
    sources: readings.map(({ name, system, readAt, totals }) => ({
      name,
      kind: system,
      readAt,
      accounts: totals.accounts + totals.machines,
      groups: totals.groups,
      applications: totals.applications,
      people: totals.personnel,
    })),
    totals: totalsOf(readings, picture),
    figures: figuresOf(picture),
    checks: results,
    // Sorting is stable: within a check, findings stay in the order of the source.
    findings: findings.sort((left, right) => rankOf(left) - rankOf(right)),
    notes: readings.flatMap(({ name, totals }) =>
      totals.leftOut === 0
        ? []
        : [`${totals.leftOut} of ${totals.entries} entries of ${name} could not be taken in.`],
    ),
  }
}

function run(check: Check, picture: Picture, findings: Finding[]): CheckResult {
  const missing = new Set<AttributeName>()
  let examined = 0
  let found = 0
  let undecided = 0
  let sites = 0
  const note = (subject: () => Subject, verdict: Verdict): void => {
    if (verdict === undefined) return
    if (verdict === 'fine') examined += 1
    else if ('unsaid' in verdict) {
      undecided += 1
      missing.add(verdict.unsaid)
    } else {
      examined += 1
      found += 1
      findings.push({
        check: check.id,
        severity: check.severity,
        subject: subject(),
        evidence: verdict,
      })
    }
  }
  for (const site of picture.sites) {
    if (check.systems?.includes(site.reading.system) === false) continue
    sites += 1
    const untold = check.needs.filter((attribute) => !site.tells(attribute))
    for (const attribute of untold) missing.add(attribute)
    if (untold.length > 0) continue
    judgeAll(check, site, picture, note)
  }
  const { id, title, theme, severity, fix, owner, undo, retest, avoids } = check
  return {
    id,
    title,
    theme,
    severity,
    state:
      sites === 0
        ? 'does-not-apply'
        : found > 0
          ? 'found'
          : missing.size > 0
            ? 'cannot-tell'
            : 'clear',
    examined,
    found,
    undecided,
    missing: [...missing].map((attribute) => attributes[attribute]),
    fix,
    owner,
    undo,
    retest,
    avoids,
  }
}

type Note = (subject: () => Subject, verdict: Verdict) => void

function judgeAll(check: Check, site: Site, picture: Picture, note: Note): void {
  const { reading } = site
  const place = (it: { readonly distinguishedName?: string }): Pick<Subject, 'place'> =>
    it.distinguishedName === undefined ? {} : { place: it.distinguishedName }
  const of = (kind: About, key: string, name: string, where = {}): Subject => ({
    kind,
    key,
    name,
    ...where,
    source: reading.name,
  })
  switch (check.about) {
    case 'account':
      for (const subject of site.accounts) {
        const { it } = subject
        note(() => of('account', it.id, it.name, place(it)), check.judge(subject, picture))
      }
      return
    case 'machine':
      for (const subject of site.machines) {
        const { it } = subject
        note(() => of('machine', it.id, it.name, place(it)), check.judge(subject, picture))
      }
      return
    case 'group':
      for (const subject of site.groups) {
        const { it } = subject
        note(() => of('group', it.id, it.name, place(it)), check.judge(subject, picture))
      }
      return
    case 'application':
      for (const it of reading.applications) {
        note(() => of('application', it.id, it.name), check.judge({ it, site }, picture))
      }
      return
    case 'trust':
      for (const it of reading.trusts) {
        note(() => of('trust', it.domain, it.domain), check.judge({ it, site }, picture))
      }
      return
    case 'domain':
      for (const it of reading.domains) {
        note(() => of('domain', it.sid ?? it.name, it.name), check.judge({ it, site }, picture))
      }
      return
    case 'template':
      for (const it of reading.templates) {
        note(() => of('template', it.id, it.name), check.judge({ it, site }, picture))
      }
      return
    case 'directory': {
      const subject: Subjects['directory'] = { it: { name: reading.name }, site }
      // Reports of one directory are compared wherever their file lay, so the name is no key.
      note(() => of('directory', reading.system, reading.name), check.judge(subject, picture))
    }
  }
}

function totalsOf(readings: readonly Reading[], { sites }: Picture): AuditTotals {
  const byClass = Object.fromEntries(classes.map((name) => [name, 0])) as Record<Class, number>
  const byActivity = { active: 0, dormant: 0, 'cannot-tell': 0, never: 0 }
  let enabled = 0
  let privileged = 0
  let classified = 0
  for (const { accounts, machines } of sites) {
    for (const { it, classification, activity, ways } of accounts) {
      byClass[classification.class] += 1
      byActivity[activity.state] += 1
      classified += 1
      if (it.enabled === true) enabled += 1
      if (it.enabled === true && ways.length > 0) privileged += 1
    }
    for (const { it, activity } of machines) {
      byClass.machine += 1
      byActivity[activity.state] += 1
      classified += 1
      if (it.enabled === true) enabled += 1
    }
  }
  const read = readings
    .filter(({ system }) => system !== 'personnel')
    .reduce((sum, { totals }) => sum + totals.accounts + totals.machines, 0)
  return {
    accountsRead: read,
    accountsClassified: classified,
    enabled,
    byClass,
    byActivity,
    privileged,
  }
}
