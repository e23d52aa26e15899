// An instant, in words or as a clock, with the exact time one hover away.
import { clockOf, dayOf, momentOf, relativeToNow } from '#words/age.ts'
import { useNow } from './clock.tsx'

interface MomentProps {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly as?: 'ago' | 'day' | 'clock' | 'moment'
}

export function Moment({ at, as = 'ago' }: MomentProps) {
  const now = useNow()
  const iso = new Date(at).toISOString()
  const texts = {
    ago: () => relativeToNow(at, now),
    day: () => dayOf(at),
    clock: () => clockOf(at),
    moment: () => momentOf(at, now),
  }
  return (
    <time dateTime={iso} title={`${dayOf(at)}, ${clockOf(at)} (${iso})`}>
      {texts[as]()}
    </time>
  )
}
