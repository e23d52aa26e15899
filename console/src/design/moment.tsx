// An instant, in words or as a clock, with the exact time one hover away.
import { clockOf, dayOf, momentOf, relativeToNow } from '#words/age.ts'
import { useNow } from './clock.tsx'

interface MomentProps {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly as?: 'ago' | 'day' | 'clock' | 'moment'
}

export function Moment({ at, as = 'ago' }: MomentProps) {
  switch (as) {
    case 'ago':
      return <Relative at={at} say={relativeToNow} />
    case 'moment':
      return <Relative at={at} say={momentOf} />
    case 'day':
      return <Exact at={at} text={dayOf(at)} />
    case 'clock':
      return <Exact at={at} text={clockOf(at)} />
  }
}

interface RelativeProps {
  readonly at: number
  readonly say: (at: number, now: number) => string
}

// Only these move with the clock; a list of a thousand fixed times is drawn once.
function Relative({ at, say }: RelativeProps) {
  return <Exact at={at} text={say(at, useNow())} />
}

function Exact({ at, text }: { readonly at: number; readonly text: string }) {
  const iso = new Date(at).toISOString()
  return (
    <time dateTime={iso} title={`${dayOf(at)}, ${clockOf(at)} (${iso})`}>
      {text}
    </time>
  )
}
