// The release in force: which policies decide at this moment, and their text.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { isProblem, reading } from '#api/server.client.ts'
import { Copyable } from '#design/copy.tsx'
import { Definitions } from '#design/definitions.tsx'
import { Moment } from '#design/moment.tsx'
import { Card, Page } from '#design/page.tsx'
import { Empty, Waiting } from '#design/states.tsx'
import { Filter } from '#lists/filter.tsx'
import { Problem } from '#shell/problem.tsx'
import { entityInWords } from '#words/entities.ts'
import { counted } from '#words/figures.ts'
import { PolicyCard } from './policy-card.tsx'
import styles from './release.module.css'

type Release = RouteResult<typeof api.policies.current>

export function ReleaseInForce() {
  const release = useQuery(reading(api.policies.current, {}))
  if (release.data) return <ReleasePage release={release.data} />
  return (
    <Page title="Release in force">
      {isProblem(release.error, 'request.not_found') ? (
        <Empty title="No policies are released">
          Until there is a release, every access is denied. Write policies in Cedar and release them
          with `countersign policies`.
        </Empty>
      ) : release.error ? (
        <Problem error={release.error} onRetry={() => void release.refetch()} />
      ) : (
        <Waiting lines={10} />
      )}
    </Page>
  )
}

function ReleasePage({ release }: { readonly release: Release }) {
  const { search = '' } = useSearch({ from: '/shell/policies' })
  const navigate = useNavigate()
  const words = search.toLowerCase()
  const found = release.policies.filter(({ id, text }) =>
    `${id} ${text}`.toLowerCase().includes(words),
  )
  return (
    <Page
      title={`Release ${release.number}`}
      about="The policies that decide at this moment, at every gateway that is current."
    >
      <Card>
        <div className={styles.facts}>
          <Definitions
            rows={{
              Released: <Moment at={release.createdAt} as="moment" />,
              By: entityInWords(release.author),
            }}
          />
          <Definitions
            rows={{
              Id: <Copyable value={release.id} what="release id" />,
              Digest: <code title={release.digest}>{release.digest.slice(0, 16)}…</code>,
            }}
          />
        </div>
      </Card>
      <Card
        title={
          <Filter
            value={search}
            label="Filter policies by id or text"
            onChange={(text) =>
              void navigate({
                to: '/policies',
                search: text === '' ? {} : { search: text },
                replace: true,
              })
            }
          />
        }
        aside={
          search === ''
            ? counted(release.policies.length, 'policy', 'policies')
            : `${found.length} of ${counted(release.policies.length, 'policy', 'policies')}`
        }
      >
        {found.length === 0 ? (
          <Empty title={`No policy contains “${search}”`}>
            Try fewer letters, or clear the filter with Esc.
          </Empty>
        ) : (
          <ul className={styles.policies}>
            {found.map(({ id, text, annotations, stage }) => (
              <li key={id}>
                <PolicyCard id={id} text={text} annotations={annotations} stage={stage} />
              </li>
            ))}
          </ul>
        )}
      </Card>
    </Page>
  )
}
