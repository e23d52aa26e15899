// The present moment, as pages see it: it comes from outside and moves on in steps, so that
// "3 minutes ago" stays true while a page is open. One timer serves the whole console.
import { useInterval } from '@mantine/hooks'
import { createContext, type ReactNode, useContext, useState } from 'react'

/** Milliseconds since the epoch. */
export type Now = () => number

const stepMs = 5_000

const Moment = createContext(0)

interface ClockProviderProps {
  readonly now: Now
  readonly children: ReactNode
}

export function ClockProvider({ now, children }: ClockProviderProps) {
  const [moment, setMoment] = useState(now)
  useInterval(() => setMoment(now()), stepMs, { autoInvoke: true })
  return <Moment value={moment}>{children}</Moment>
}

/** The present moment, at most five seconds old. */
export const useNow = (): number => useContext(Moment)
