// People whom an identity provider knows and who are nobody here: they were let in nowhere and told
// a reference. Somebody here says who they are, or that nothing is to be done.
import { api } from '@countersign/contract/api'
import { SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { reading } from '#api/server.client.ts'
import { Card, Page } from '#design/page.tsx'
import { Empty, Waiting } from '#design/states.tsx'
import { Problem } from '#shell/problem.tsx'
import { counted } from '#words/figures.ts'
import { NeverArrived } from './never-arrived.tsx'
import { UnmatchedRow } from './unmatched-row.tsx'
import styles from './requests.module.css'

const shownMax = 100

export function UnknownIdentities() {
  const { state = 'open' } = useSearch({ from: '/shell/identity/unmatched' })
  const navigate = useNavigate()
  const { data, error, refetch } = useQuery(
    reading(api.identity.unmatched, { query: { state, limit: shownMax } }),
  )
  const left = data ? data.total - data.items.length : 0
  return (
    <Page
      title="Unknown identities"
      about="Who signed in at an identity provider and is nobody here. They were let in nowhere, and were told a reference to name to you."
    >
      <Card
        flush
        title={state === 'open' ? 'Waiting for a decision' : 'Nothing was to be done'}
        aside={
          <SegmentedControl
            size="xs"
            aria-label="Which to show"
            value={state}
            onChange={(chosen) =>
              void navigate({
                to: '/identity/unmatched',
                search: chosen === 'dismissed' ? { state: chosen } : {},
                replace: true,
              })
            }
            data={[
              { value: 'open', label: 'Waiting' },
              { value: 'dismissed', label: 'Dismissed' },
            ]}
          />
        }
      >
        {error ? (
          <Problem error={error} onRetry={() => void refetch()} />
        ) : data === undefined ? (
          <Waiting lines={6} />
        ) : data.items.length === 0 ? (
          state === 'open' ? (
            <Empty title="Everyone who came is known here">
              Somebody whom a provider knows and who is nobody here shows up with their first try.
            </Empty>
          ) : (
            <Empty title="None was dismissed">
              Whoever is decided to stay unknown stands here, with the reason.
            </Empty>
          )
        ) : (
          <ul className={styles.requests}>
            {data.items.map((item) => (
              <UnmatchedRow key={item.id} item={item} />
            ))}
            {left > 0 && (
              <li>
                And {counted(left, 'more', 'more')}: see them with{' '}
                <code>countersign identity unmatched list</code>.
              </li>
            )}
          </ul>
        )}
      </Card>
      <NeverArrived />
    </Page>
  )
}
