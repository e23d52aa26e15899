// One decision as a page: the sentence, why, the facts with age and provenance, and the policies.
import type { api } from '@countersign/contract/api'
import type { DecisionRecord, NearMiss } from '@countersign/contract/decision'
import { entityText } from '@countersign/contract/entities'
import { actText, type Remedies } from '@countersign/contract/remedies'
import type { RouteResult } from '@countersign/contract/route'
import { aligned, type Cell, type Paint, printable, printableLines } from '#paint'
import { agoText, durationText, momentText } from '#times'
import { factsOf, readableValue } from './facts.ts'
import { sentenceOf, verdictTones, whatText, whoText } from './words.ts'

export type ShownDecision = RouteResult<(typeof api)['visibility']['decision']>

export interface Reader {
  readonly paint: Paint
  readonly timeZone: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** The page as text. */
export function decisionPage({ record, policies }: ShownDecision, reader: Reader): string {
  const { paint } = reader
  return [
    paint(verdictTones[record.verdict], sentenceOf(record)),
    '',
    ...aligned(headRows(record, reader), paint),
    '',
    paint('strong', 'Why'),
    ...whyLines(record).map((line) => `  ${line}`),
    '',
    paint('strong', 'Facts'),
    ...aligned(factRows(record), paint),
    '',
    ...(policies.length === 0 ? [] : [paint('strong', 'Policies')]),
    ...policies.flatMap(({ id, text }) => [
      `  ${paint('quiet', `// ${printable(id)}`)}`,
      ...printableLines(text.trim()).map((line) => `  ${line}`.trimEnd()),
      '',
    ]),
  ].join('\n')
}

function headRows(record: DecisionRecord, { timeZone, now }: Reader): readonly (readonly Cell[])[] {
  const { id, at, action, principal, resource, gateway, release, sequence, session, tookNs } =
    record
  const by = gateway === 'server' ? 'the server itself' : `gateway ${printable(gateway)}`
  const signedIn = session === undefined ? '' : `, in session ${printable(session)}`
  return [
    ['decision', printable(id)],
    ['when', `${momentText(at, timeZone)}, ${agoText(at, now)}`],
    ['who', `${named(whoText(record), entityText(principal))}${signedIn}`],
    ['what', `${printable(action)} on ${named(whatText(record), entityText(resource))}`],
    ['verdict', { text: record.verdict, tone: verdictTones[record.verdict] }],
    [
      'decided by',
      `${by} in ${(tookNs / 1000).toFixed(1)} µs, with release ${printable(release)} at feed position ${sequence}`,
    ],
  ].map(([label = '', value = '']) => [
    `  ${typeof label === 'string' ? label : label.text}`,
    value,
  ])
}

function named(name: string, entity: string): string {
  const text = printable(entity)
  return name === text ? name : `${name} (${text})`
}

function whyLines(record: DecisionRecord): readonly string[] {
  const { effective, wouldBe, explanation, remedies, verdict } = record
  return [
    answerLine(effective),
    ...(verdict === 'step-up' ? ['A fresh sign-in with a passkey would make it an allow.'] : []),
    ...(verdict === 'deny' && remedies !== undefined ? remedyLines(remedies) : []),
    ...(wouldBe.effect === effective.effect
      ? []
      : [`If every policy were enforced: ${wouldBe.effect}. ${answerLine(wouldBe)}`]),
    ...effective.errors.map(({ policy, message }) =>
      policy === ''
        ? `The question could not be asked: ${printable(message)}`
        : `\`${printable(policy)}\` could not be evaluated: ${printable(message)}`,
    ),
    ...explanation.flatMap((miss) => missLines(miss)),
  ]
}

function remedyLines({ found, tried, isCutShort }: Remedies): readonly string[] {
  if (found.length === 0) {
    const searched = isCutShort ? 'before the search ended' : `within ${tried} changes`
    return [`Nothing the person could change would make it an allow: none ${searched}.`]
  }
  return [
    found.length === 1 ? 'This would make it an allow:' : 'Each of these would make it an allow:',
    ...found.map((acts) => `    ${acts.map((it) => printable(actText(it))).join(' ')}`),
  ]
}

function answerLine({ effect, determining }: DecisionRecord['effective']): string {
  const names = determining.map((id) => `\`${printable(id)}\``).join(', ')
  if (effect === 'allow') return `Permitted by ${names}.`
  return names === '' ? 'No policy permits it.' : `Forbidden by ${names}.`
}

const missTexts = {
  permit: {
    satisfied: 'permits it',
    'not-applicable': 'does not speak of this',
    failed: 'would permit it, but this does not hold',
    errored: 'would permit it, but could not be evaluated',
  },
  forbid: {
    satisfied: 'forbids it, because this holds',
    'not-applicable': 'does not speak of this',
    failed: 'would forbid it, but this does not hold',
    errored: 'would forbid it, but could not be evaluated',
  },
} as const satisfies Record<NearMiss['effect'], Record<NearMiss['outcome'], string>>

function missLines({ policy, effect, outcome, condition, observed }: NearMiss): readonly string[] {
  const more = condition === undefined && observed.length === 0 ? '.' : ':'
  return [
    `\`${printable(policy)}\` ${missTexts[effect][outcome]}${more}`,
    ...(condition === undefined
      ? []
      : printableLines(dedented(condition)).map((line) => `    ${line}`)),
    ...observed.map(
      ({ path, value }) => `    seen: ${printable(path)} = ${printable(readableValue(value))}`,
    ),
  ]
}

/** A clause cut out of its policy: the first line lost its indentation, the others did not. */
function dedented(text: string): string {
  const [first = '', ...rest] = text.trim().split('\n')
  const indents = rest.filter((line) => line.trim() !== '').map((line) => line.search(/\S/))
  const extra = Math.min(...indents, lineMaxIndent)
  return [first, ...rest.map((line) => line.slice(extra))].join('\n')
}

const lineMaxIndent = 64

function factRows({ context }: DecisionRecord): readonly (readonly Cell[])[] {
  const rows = factsOf(context)
  if (rows.length === 0) return [['  none']]
  return rows.map(({ path, value, ageSeconds, provenance }) => [
    `  ${printable(path)}`,
    printable(value),
    ageSeconds === undefined ? '' : `${durationText(ageSeconds)} old`,
    provenance === undefined ? '' : printable(provenance),
  ])
}
