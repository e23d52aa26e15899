// Seven days of accesses, hour by hour. Refusals stand on the base line, where their heights can
// be compared; allowed accesses are pale above them. Below it are the same figures as a table.
import { type MouseEvent, useMemo, useState } from 'react'
import { everyHour, type HourOfAccess, roundUp, sumsOf } from '#words/days.ts'
import { figure } from '#words/figures.ts'
import { Days, DayTable, Legend, whenOf } from './access-figures.tsx'
import styles from './access-chart.module.css'

const hoursMax = 24 * 7
const heightPixels = 200
/** Units of width per hour in the drawing; it is stretched to the card. */
const step = 6
const barWidth = 4.6

export function AccessChart({ hours: recorded }: { readonly hours: readonly HourOfAccess[] }) {
  const hours = useMemo(() => everyHour(recorded, hoursMax), [recorded])
  const [pointed, setPointed] = useState<number>()
  const top = roundUp(Math.max(...hours.map(({ allow, deny, stepUp }) => allow + deny + stepUp)))
  const width = hours.length * step
  const shown = pointed === undefined ? undefined : hours[pointed]
  const point = (event: MouseEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    const at = Math.floor(((event.clientX - box.left) / box.width) * hours.length)
    setPointed(Math.min(hours.length - 1, Math.max(0, at)))
  }
  return (
    <figure className={styles.chart}>
      <Legend sums={sumsOf(shown ? [shown] : hours)} when={shown && whenOf(shown.at)} />
      <div className={styles.plot}>
        <div className={styles.scale} aria-hidden="true">
          <span>{figure(top)}</span>
          <span>{figure(top / 2)}</span>
          <span>0</span>
        </div>
        <svg
          viewBox={`0 0 ${width} ${heightPixels}`}
          preserveAspectRatio="none"
          className={styles.bars}
          aria-hidden="true"
          onMouseMove={point}
          onMouseLeave={() => setPointed(undefined)}
        >
          <line x1={0} x2={width} y1={0.5} y2={0.5} className={styles.grid} />
          <line
            x1={0}
            x2={width}
            y1={heightPixels / 2}
            y2={heightPixels / 2}
            className={styles.grid}
          />
          {shown && pointed !== undefined && (
            <rect
              x={pointed * step}
              width={step}
              height={heightPixels}
              className={styles.pointed}
            />
          )}
          <Bars hours={hours} top={top} />
          <line x1={0} x2={width} y1={heightPixels} y2={heightPixels} className={styles.base} />
        </svg>
      </div>
      <Days hours={hours} />
      <DayTable hours={hours} />
    </figure>
  )
}

function Bars({ hours, top }: { readonly hours: readonly HourOfAccess[]; readonly top: number }) {
  return useMemo(() => {
    const unit = heightPixels / top
    return hours.map(({ at, allow, deny, stepUp }, index) => {
      const x = index * step + (step - barWidth) / 2
      const denied = deny * unit
      const stepped = stepUp * unit
      const allowed = allow * unit
      return (
        <g key={at}>
          <rect
            className={styles.allow}
            x={x}
            width={barWidth}
            y={heightPixels - denied - stepped - allowed}
            height={allowed}
          />
          <rect
            className={styles.step}
            x={x}
            width={barWidth}
            y={heightPixels - denied - stepped}
            height={stepped}
          />
          <rect
            className={styles.deny}
            x={x}
            width={barWidth}
            y={heightPixels - denied}
            height={denied}
          />
        </g>
      )
    })
  }, [hours, top])
}
