// The list of live decisions as a page uses it: what is on show, what waits, and how the
// connection stands.
import { useEffect, useReducer, useRef, useState } from 'react'
import type { DecisionSearch } from '#search.ts'
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
  /** Tries again after a refusal. */
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
  const [following, setFollowing] = useState({ filter, attempt: 1 })
  // Another filter is another list. The address gives an equal filter as the same object.
  if (following.filter !== filter) {
    setFollowing({ filter, attempt: 1 })
    change(() => emptyList)
    setLoaded(false)
  }
  const heldNow = useRef(held)
  useEffect(() => {
    heldNow.current = held
  }, [held])

  useEffect(() => {
    const stop = new AbortController()
    let first = true
    void followDecisions(
      following.filter,
      {
        connection: setConnection,
        page: (page, older) => {
          const wait = heldNow.current && !first
          change((list) => catchUp(list, page, older, wait))
          if (first) setHasOlder(older)
          first = false
          setLoaded(true)
        },
        arrived: (decisions) => {
          const wait = heldNow.current
          change((list) => arrive(list, decisions, wait))
        },
      },
      stop.signal,
    )
    return () => stop.abort()
  }, [following])

  const last = list.shown.at(-1)
  const loadOlder = async (before: string) => {
    setLoading(true)
    try {
      const { decisions, next } = await readOlder(filter, before)
      change((list) => append(list, decisions))
      setHasOlder(next !== undefined)
    } catch {
      // The button stays, so the reader may press it again.
    }
    setLoading(false)
  }
  return {
    list,
    connection,
    loaded,
    older: {
      available: hasOlder && last !== undefined && list.shown.length < shownMaxDecisions,
      loading,
      load: () => {
        if (last && !loading) void loadOlder(last.id)
      },
    },
    showWaiting: () => change(release),
    restart: () => setFollowing(({ filter, attempt }) => ({ filter, attempt: attempt + 1 })),
  }
}
