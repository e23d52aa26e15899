// What each policy made of a question, for a person: what decided, then what nearly did, with the
// first term that did not hold, its place, and the values it saw.
import type { Explanation } from '@countersign/policy/explain'
import type { PolicySyntax } from '@countersign/policy/syntax'
import { type Paint, printable, printableLines } from '#paint'
import { valueText } from './cedar-text.ts'

const texts = {
  permit: {
    satisfied: 'permits it',
    errored: 'would permit it, but could not be evaluated',
    failed: 'would permit it, but this does not hold',
    'not-applicable': 'permits it to others only',
  },
  forbid: {
    satisfied: 'forbids it',
    errored: 'would forbid it, but could not be evaluated, and is skipped',
    failed: 'would forbid it, but this does not hold',
    'not-applicable': 'forbids it to others only',
  },
} as const satisfies Record<Explanation['effect'], Record<Explanation['outcome'], string>>

const order = ['satisfied', 'errored', 'failed', 'not-applicable'] as const

/** More would be a list, not an explanation; `--json` has all. */
const shownMax = 20

/** The policies by what they mean for the answer, the most telling first. */
export function whyLines(
  explanations: readonly Explanation[],
  policies: readonly PolicySyntax[],
  paint: Paint,
): string[] {
  const byId = new Map(policies.map((policy) => [policy.id, policy]))
  const sorted = order.flatMap((outcome) => explanations.filter((each) => each.outcome === outcome))
  const more = sorted.length - shownMax
  return [
    ...sorted.slice(0, shownMax).flatMap((each) => linesOf(each, byId.get(each.policy), paint)),
    ...(more > 0 ? [`and ${more} more; \`--json\` has all`] : []),
  ]
}

function linesOf(
  { policy: id, effect, outcome, failing }: Explanation,
  policy: PolicySyntax | undefined,
  paint: Paint,
): string[] {
  const head = `\`${printable(id)}\` ${texts[effect][outcome]}`
  const place = paint('quiet', placeOf(failing?.span ?? policy?.span, policy))
  const isUnless = failing?.kind === 'unless' && outcome === 'failed'
  const condition = isUnless
    ? head.replace('this does not hold', '`unless` this holds, and it does')
    : head
  if (failing === undefined) return [`${condition}  ${place}`.trimEnd()]
  return [
    `${condition}:  ${place}`.trimEnd(),
    ...(failing.text === undefined ? [] : dedented(failing.text).map((line) => `    ${line}`)),
    ...(failing.message === undefined ? [] : [`    because: ${printable(failing.message)}`]),
    ...failing.observed.map(({ path, value }) =>
      value === undefined
        ? `    seen: ${printable(path)} is absent`
        : `    seen: ${printable(path)} = ${valueText(value)}`,
    ),
  ]
}

function placeOf(
  span: { readonly line: number; readonly column: number } | undefined,
  policy: PolicySyntax | undefined,
): string {
  if (span === undefined || policy?.file === undefined) return ''
  return `${printable(policy.file)}:${span.line}:${span.column}`
}

/** A term cut out of its policy: the first line lost its indentation, the others did not. */
function dedented(text: string): readonly string[] {
  const [first = '', ...rest] = printableLines(text.trim())
  const indents = rest.filter((line) => line.trim() !== '').map((line) => line.search(/\S/))
  const extra = Math.min(...indents, lineMaxIndent)
  return [first, ...rest.map((line) => line.slice(extra))]
}

const lineMaxIndent = 64
