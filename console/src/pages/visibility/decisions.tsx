// Decisions as they happen, newest first. The list holds still while the reader has scrolled away
// or paused it, and says how many wait.
import { Button } from '@mantine/core'
import { useHotkeys, useIntersection } from '@mantine/hooks'
import { IconArrowUp, IconPlayerPauseFilled, IconPlayerPlayFilled } from '@tabler/icons-react'
import { useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { Card, Page } from '#design/page.tsx'
import { Empty, Waiting } from '#design/states.tsx'
import { Problem } from '#shell/problem.tsx'
import { counted, figure } from '#words/figures.ts'
import { shownMaxDecisions } from '#words/live.ts'
import { DecisionFilters } from './decision-filters.tsx'
import { DecisionTable } from './decision-table.tsx'
import { LiveState } from './live-state.tsx'
import { useDecisions } from './use-decisions.ts'
import styles from './decisions.module.css'

export function Decisions() {
  const filter = useSearch({ from: '/shell/visibility/decisions' })
  const [paused, setPaused] = useState(false)
  const { ref: top, entry } = useIntersection()
  const scrolledAway = entry?.isIntersecting === false
  const held = paused || scrolledAway
  const { list, connection, loaded, older, showWaiting, restart } = useDecisions(filter, held)
  const toggle = () => setPaused((before) => !before)
  useHotkeys([['p', toggle]])
  useEffect(() => {
    if (!held) showWaiting()
    // The function is new at every rendering; only the change of `held` matters.
    // oxlint-disable-next-line react/exhaustive-deps -- see above
  }, [held])

  return (
    <Page
      title="Decisions"
      about="Every access, decided afresh and recorded before its answer takes effect."
      actions={
        <>
          <LiveState connection={connection} paused={paused} />
          <Button
            variant="default"
            leftSection={
              paused ? <IconPlayerPlayFilled size={13} /> : <IconPlayerPauseFilled size={13} />
            }
            onClick={toggle}
            aria-keyshortcuts="p"
          >
            {paused ? 'Resume' : 'Pause'}
          </Button>
        </>
      }
    >
      {connection.kind === 'refused' ? (
        <Problem error={connection.error} onRetry={restart} />
      ) : (
        <>
          <DecisionFilters filter={filter} />
          <div ref={top} className={styles.top} />
          {list.waiting.length > 0 && (
            <output className={styles.waiting}>
              <Button
                size="xs"
                radius="xl"
                leftSection={<IconArrowUp size={14} />}
                onClick={() => {
                  showWaiting()
                  window.scrollTo({ top: 0 })
                }}
              >
                {figure(list.waiting.length)} new
              </Button>
            </output>
          )}
          <Card flush>
            {!loaded ? (
              <Waiting lines={12} />
            ) : list.shown.length === 0 ? (
              <NoDecisions filtered={Object.keys(filter).length > 0} />
            ) : (
              <DecisionTable decisions={list.shown} />
            )}
          </Card>
          {loaded && (
            <footer className={styles.foot}>
              {older.available ? (
                <Button variant="default" size="xs" loading={older.loading} onClick={older.load}>
                  Show older
                </Button>
              ) : (
                list.shown.length >= shownMaxDecisions && (
                  <span>{`The newest ${figure(shownMaxDecisions)} are shown. Narrow the filter to see further back.`}</span>
                )
              )}
              <span>
                {counted(list.shown.length, 'decision')} shown
                {list.gap && '; the list began again after a long break'}
              </span>
            </footer>
          )}
        </>
      )}
    </Page>
  )
}

function NoDecisions({ filtered }: { readonly filtered: boolean }) {
  return filtered ? (
    <Empty title="No decision matches">
      Change or clear the filter. New decisions that match appear by themselves.
    </Empty>
  ) : (
    <Empty title="Nothing has been decided yet">
      Open an application through the gateway. The decision appears here in the same second.
    </Empty>
  )
}
