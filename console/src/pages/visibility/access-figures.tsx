// The words and figures around the chart of accesses: legend, days, and the table of the same.
import { VerdictGlyph } from '#design/verdict.tsx'
import { clockOf } from '#words/age.ts'
import { type HourOfAccess, type Sums, sumsByDay } from '#words/days.ts'
import { figure, share } from '#words/figures.ts'
import styles from './access-chart.module.css'

const weekday = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
})

/** `Sun 22 Nov, 14:00`. */
export const whenOf = (at: number): string => `${dayName(at)}, ${clockOf(at).slice(0, 5)}`

const dayName = (at: number): string => weekday.format(at).replace(',', '')

/** The sums of the week, or of the hour the reader points at. */
export function Legend({ sums, when }: { readonly sums: Sums; readonly when: string | undefined }) {
  const rows = [
    ['allow', 'Allow', sums.allow],
    ['deny', 'Deny', sums.deny],
    ['step-up', 'Step-up', sums.stepUp],
  ] as const
  return (
    <figcaption className={styles.legend}>
      {rows.map(([verdict, word, count]) => (
        <span key={verdict} className={styles.entry}>
          <VerdictGlyph verdict={verdict} size={13} />
          {word}
          <strong>{figure(count)}</strong>
          <small>{share(count, sums.total)}</small>
        </span>
      ))}
      <span className={styles.when}>{when ?? 'seven days'}</span>
    </figcaption>
  )
}

/** A day narrower than this has no room for its name. */
const namedFromHours = 8

/** The days under the chart, each as wide as its hours. */
export function Days({ hours }: { readonly hours: readonly HourOfAccess[] }) {
  const days = sumsByDay(hours)
  return (
    <div
      className={styles.days}
      aria-hidden="true"
      style={{ gridTemplateColumns: days.map((day) => `${day.hours}fr`).join(' ') }}
    >
      {days.map((day) => (
        <span key={day.at}>
          {day.hours >= namedFromHours && (
            <>
              {dayName(day.at).slice(0, 3)}
              <i>{dayName(day.at).slice(3)}</i>
            </>
          )}
        </span>
      ))}
    </div>
  )
}

/** The same figures to read, for whoever cannot see or trust a drawing. */
export function DayTable({ hours }: { readonly hours: readonly HourOfAccess[] }) {
  return (
    <details className={styles.details}>
      <summary>Figures by day</summary>
      <table aria-label="Accesses by day">
        <thead>
          <tr>
            {['Day', 'Allow', 'Deny', 'Step-up', 'All'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sumsByDay(hours).map(({ at, allow, deny, stepUp, total }) => (
            <tr key={at}>
              <th scope="row">{dayName(at)}</th>
              <td>{figure(allow)}</td>
              <td>{figure(deny)}</td>
              <td>{figure(stepUp)}</td>
              <td>{figure(total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}
