// A decision as one line of a list that grows at its end, so the columns have fixed widths.
import type { DecisionSummary } from '@countersign/contract/decision'
import { characters, type Paint, printable } from '#paint'
import { clockText } from '#times'
import { verdictTones, whatText, whoText } from './words.ts'

const whoWidth = 26
const whatWidth = 22

/** `09:30:00  deny     Ada Lovelace   Payroll   GET /salaries   dec_...` */
export function decisionLine(decision: DecisionSummary, paint: Paint, timeZone: string): string {
  const { at, id, verdict, wouldBe, method, path } = decision
  const differs = (verdict === 'allow') !== (wouldBe === 'allow')
  return [
    clockText(at, timeZone),
    paint(verdictTones[verdict], verdict.padEnd(7)),
    fitted(whoText(decision), whoWidth),
    fitted(whatText(decision), whatWidth),
    [printable(method), printable(path), ...(differs ? [`(would be ${wouldBe})`] : [])]
      .filter((it) => it !== '')
      .join(' '),
    paint('quiet', printable(id)),
  ].join('  ')
}

function fitted(text: string, width: number): string {
  const letters = characters(text)
  return letters.length > width
    ? `${letters.slice(0, width - 1).join('')}…`
    : text + ' '.repeat(width - letters.length)
}
