// The difference of two policy sets as a page for a terminal, and as a comment for a merge request.
import type { AccessChange } from '@countersign/policy/access'
import { aligned, type Paint, printable, type Tone } from '#paint'
import { uidText } from './cedar-text.ts'
import type { Difference } from './diff.ts'
import { plural } from './finding.ts'
import type { PolicyChange } from './policy-changes.ts'

/** So many names stand in a row; the rest is a number. */
const namesMax = 10
/** A comment of more rows would be longer than code hosts take. */
const rowsMax = 100

interface AccessRow {
  readonly change: AccessChange['change']
  readonly what: string
  readonly who: readonly string[]
}

const tones = { gains: 'careful', loses: 'bad' } as const satisfies Record<
  AccessChange['change'],
  Tone
>

const noEntities =
  'No entities were given, so who gains and who loses is not known: name some with `--entities`.'

/** The page for a terminal. */
export function diffPage(difference: Difference, paint: Paint): string {
  const { policies, access, hasEntities } = difference
  const rows = rowsOf(access)
  return [
    paint('strong', 'Policies'),
    ...aligned(
      policies.length === 0 ? [['  no difference']] : policies.map((change) => policyRow(change)),
      paint,
    ),
    '',
    paint('strong', 'Access'),
    ...(hasEntities ? [] : [`  ${noEntities}`]),
    ...(hasEntities && rows.length === 0 ? ['  nobody gains or loses anything'] : []),
    ...aligned(
      rows.map(({ change, what, who }) => [
        { text: `  ${change}`, tone: tones[change] },
        what,
        namesText(who),
      ]),
      paint,
    ),
    '',
    summary(difference),
    '',
  ].join('\n')
}

function policyRow({ change, id, was, file, line }: PolicyChange): string[] {
  const name = was === undefined ? printable(id) : `${printable(was)} to ${printable(id)}`
  return [`  ${change}`, name, file === undefined ? '' : `${printable(file)}:${line}`]
}

/** The comment for a merge request. */
export function diffMarkdown(difference: Difference): string {
  const { policies, access, hasEntities } = difference
  const rows = rowsOf(access)
  const more = rows.length - rowsMax
  return [
    '### What this changes',
    '',
    summary(difference),
    '',
    ...(hasEntities ? [] : [noEntities, '']),
    ...(rows.length === 0
      ? []
      : [
          '| | what | who |',
          '| --- | --- | --- |',
          ...rows
            .slice(0, rowsMax)
            .map(
              ({ change, what, who }) =>
                `| **${change}** | ${code(what)} | ${markdownNames(who)} |`,
            ),
          ...(more > 0 ? [`| | and ${more} more rows | |`] : []),
          '',
        ]),
    ...(policies.length === 0
      ? []
      : [
          '| policy | | where |',
          '| --- | --- | --- |',
          ...policies.slice(0, rowsMax).map(({ change, id, was, file, line }) => {
            const name = was === undefined ? code(id) : `${code(was)} to ${code(id)}`
            return `| ${name} | ${change} | ${file === undefined ? '' : code(`${file}:${line}`)} |`
          }),
          '',
        ]),
  ].join('\n')
}

function summary({ policies, access, questions, isCutShort, hasEntities }: Difference): string {
  const counted = (['added', 'removed', 'changed', 'renamed'] as const).flatMap((kind) => {
    const count = policies.filter(({ change }) => change === kind).length
    return count === 0 ? [] : `${count} ${kind}`
  })
  const said =
    counted.length === 0 ? 'The policies mean the same.' : `Policies: ${counted.join(', ')}.`
  if (!hasEntities) return said
  const gains = access.filter(({ change }) => change === 'gains').length
  const cut = isCutShort ? ' The comparison stopped there: narrow it with `--action` or types.' : ''
  return `${said} Of ${plural(questions, 'possible access').replace('accesss', 'accesses')}, ${gains} would be gained and ${access.length - gains} lost.${cut}`
}

/** Everyone who gains or loses the same, in one row. */
function rowsOf(access: readonly AccessChange[]): AccessRow[] {
  const rows = new Map<string, { change: AccessChange['change']; what: string; who: string[] }>()
  for (const { change, principal, action, resource } of access) {
    const what = `${uidText(action)} on ${uidText(resource)}`
    const key = `${change} ${what}`
    const row = rows.get(key) ?? { change, what, who: [] }
    row.who.push(uidText(principal))
    rows.set(key, row)
  }
  return [...rows.values()]
}

function namesText(names: readonly string[]): string {
  const more = names.length - namesMax
  return `${names.slice(0, namesMax).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function markdownNames(names: readonly string[]): string {
  const more = names.length - namesMax
  return `${names.slice(0, namesMax).map(code).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

// A code span ends at as many backticks as it began with; a bar would end the cell.
function code(text: string): string {
  const shown = printable(text).replaceAll('|', '\\|')
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return longest === 0 ? `${fence}${shown}${fence}` : `${fence} ${shown} ${fence}`
}
