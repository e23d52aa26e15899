// The list of live decisions as a page uses it: what is on show, what waits, and how the
// connection stands.
import { useEffect, useReducer, useRef, useState } from 'react'
import type { DecisionSearch } from '#router.tsx'
import {
  append,
  arrive,
  catchUp,
  emptyList,
  type LiveList,
  release,
  shownMaxDecisions,
} from '#words/live.ts'
import { type Connection, followDecisions, readOlder } from './live.client.ts'

export interface Decisions {
  readonly list: LiveList
  readonly connection: Connection
  /** Whether the first page has come. */
  readonly loaded: boolean
  readonly older: {
    readonly available: boolean
    readonly loading: boolean
    readonly load: () => void
  }
  /** Shows what was waiting. */
  readonly showWaiting: () => void
  readonly restart: () => void
}

type Change = (list: LiveList) => LiveList

/** Follows the decisions that match `filter`; while `held`, arrivals wait. */
export function useDecisions(filter: DecisionSearch, held: boolean): Decisions {
  const [list, change] = useReducer((list: LiveList, change: Change) => change(list), emptyList)
  const [connection, setConnection] = useState<Connection>({ kind: 'connecting' })
  const [loaded, setLoaded] = useState(false)
  const [hasOlder, setHasOlder] = useState(false)
  const [loading, setLoading] = useState(false)
  const [restarts, setRestarts] = useState(0)
  const heldNow = useRef(held)
  useEffect(() => {
    heldNow.current = held
  }, [held])

  const { verdict, principal, application, own } = filter
  useEffect(() => {
    const stop = new AbortController()
    const wanted = {
      ...(verdict === undefined ? {} : { verdict }),
      ...(principal === undefined ? {} : { principal }),
      ...(application === undefined ? {} : { application }),
      ...(own === undefined ? {} : { own }),
    }
    change(() => emptyList)
    setLoaded(false)
    let first = true
    void followDecisions(
      wanted,
      {
        connection: setConnection,
        page: (page, older) => {
          change((list) => catchUp(list, page, older, heldNow.current && !first))
          if (first) setHasOlder(older)
          first = false
          setLoaded(true)
        },
        arrived: (decisions) => change((list) => arrive(list, decisions, heldNow.current)),
      },
      stop.signal,
    )
    return () => stop.abort()
  }, [verdict, principal, application, own, restarts])

  const last = list.shown.at(-1)
  return {
    list,
    connection,
    loaded,
    older: {
      available: hasOlder && last !== undefined && list.shown.length < shownMaxDecisions,
      loading,
      load: () => {
        if (!last || loading) return
        setLoading(true)
        void readOlder(filter, last.id, new AbortController().signal)
          .then(({ decisions, next }) => {
            change((list) => append(list, decisions))
            setHasOlder(next !== undefined)
          })
          // The button stays, so the reader may press it again.
          .catch(() => undefined)
          .finally(() => setLoading(false))
      },
    },
    showWaiting: () => change(release),
    restart: () => setRestarts((count) => count + 1),
  }
}
