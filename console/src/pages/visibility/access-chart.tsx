// Seven days of accesses, hour by hour, and below them the refusals alone on a scale of their own,
// because among all accesses they are too few to see. The same figures follow as a table.
import { type MouseEvent, useMemo, useState } from 'react'
import { everyHour, type HourOfAccess, roundUp, sumsOf } from '#words/days.ts'
import { figure } from '#words/figures.ts'
import { Days, DayTable, Legend, whenOf } from './access-figures.tsx'
import styles from './access-chart.module.css'

const hoursMax = 24 * 7
const heightPixels = 180
const stripPixels = 56
/** Units of width per hour in the drawing; it is stretched to the card. */
const step = 6
const barWidth = 4.6

export function AccessChart({ hours: recorded }: { readonly hours: readonly HourOfAccess[] }) {
  const hours = useMemo(() => everyHour(recorded, hoursMax), [recorded])
  const refusals = useMemo(() => hours.map((hour) => ({ ...hour, allow: 0 })), [hours])
  const [pointed, setPointed] = useState<number>()
  const top = roundUp(Math.max(...hours.map(({ allow, deny, stepUp }) => allow + deny + stepUp)))
  const refusedTop = roundUp(Math.max(...hours.map(({ deny, stepUp }) => deny + stepUp)))
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
          <Bars hours={hours} top={top} height={heightPixels} />
          <line x1={0} x2={width} y1={heightPixels} y2={heightPixels} className={styles.base} />
        </svg>
        <span className={styles.stripName} aria-hidden="true">
          Refusals alone
        </span>
        <div className={styles.scale} aria-hidden="true">
          <span>{figure(refusedTop)}</span>
          <span>0</span>
        </div>
        <svg
          viewBox={`0 0 ${width} ${stripPixels}`}
          preserveAspectRatio="none"
          className={styles.strip}
          aria-hidden="true"
          onMouseMove={point}
          onMouseLeave={() => setPointed(undefined)}
        >
          <line x1={0} x2={width} y1={0.5} y2={0.5} className={styles.grid} />
          {shown && pointed !== undefined && (
            <rect x={pointed * step} width={step} height={stripPixels} className={styles.pointed} />
          )}
          <Bars hours={refusals} top={refusedTop} height={stripPixels} />
          <line x1={0} x2={width} y1={stripPixels} y2={stripPixels} className={styles.base} />
        </svg>
      </div>
      <Days hours={hours} />
      <DayTable hours={hours} />
    </figure>
  )
}

interface BarsProps {
  readonly hours: readonly HourOfAccess[]
  /** The value at the upper edge. */
  readonly top: number
  readonly height: number
}

function Bars({ hours, top, height }: BarsProps) {
  return useMemo(() => {
    const unit = height / top
    return hours.map(({ at, allow, deny, stepUp }, index) => {
      const x = index * step + (step - barWidth) / 2
      // From the base line up, so that refusals can be compared.
      let y = height
      const bar = (count: number, className: string | undefined) => {
        if (count === 0) return null
        y -= count * unit
        return <rect className={className} x={x} width={barWidth} y={y} height={count * unit} />
      }
      return (
        <g key={at}>
          {bar(deny, styles.deny)}
          {bar(stepUp, styles.step)}
          {bar(allow, styles.allow)}
        </g>
      )
    })
  }, [hours, top, height])
}
