// The present moment, as a page sees it: it comes from outside and moves on in steps, so that
// "3 minutes ago" stays true while a page is open.
import { useInterval } from '@mantine/hooks'
import { createContext, type ReactNode, useContext, useState } from 'react'

/** Milliseconds since the epoch. */
export type Now = () => number

const Clock = createContext<Now>(() => 0)

export function ClockProvider({
  now,
  children,
}: {
  readonly now: Now
  readonly children: ReactNode
}) {
  return <Clock value={now}>{children}</Clock>
}

/** The clock itself, for a moment that is needed once. */
export const useClock = (): Now => useContext(Clock)

/** The present moment, refreshed every `everyMs` milliseconds. */
export function useNow(everyMs = 10_000): number {
  const now = useClock()
  const [moment, setMoment] = useState(now)
  useInterval(() => setMoment(now()), everyMs, { autoInvoke: true })
  return moment
}
