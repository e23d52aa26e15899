// What waits for a person: each with the page where it is decided. Nothing where nothing waits.
import { api } from '@countersign/contract/api'
import { IconChevronRight } from '@tabler/icons-react'
import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMe } from '#api/me.ts'
import { reading } from '#api/server.client.ts'
import { Card } from '#design/page.tsx'
import type { PagePath } from '#shell/pages.ts'
import { counted } from '#words/figures.ts'
import styles from './overview.module.css'

const refreshMs = 60_000

interface Finding {
  readonly path: PagePath
  readonly text: string
}

export function WantsALook() {
  const findings = useOpenFindings(useMe().permissions.includes('identity.read'))
  if (findings.length === 0) return null
  return (
    <Card flush title="Wants a look">
      <ul className={styles.wants}>
        {findings.map(({ path, text }) => (
          <li key={text}>
            <Link to={path}>
              {text}
              <IconChevronRight size={15} aria-hidden="true" />
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function useOpenFindings(enabled: boolean): readonly Finding[] {
  const how = { enabled, refetchInterval: refreshMs }
  const breakGlass = useQuery({ ...reading(api.identity.breakGlass, {}), ...how })
  const unknown = useQuery({
    ...reading(api.identity.unmatched, { query: { state: 'open', limit: 1 } }),
    ...how,
  })
  const recoveries = useQuery({ ...reading(api.identity.recoveries, {}), ...how })
  const enrolments = useQuery({ ...reading(api.identity.enrolments, {}), ...how })
  return [
    ...finding(breakGlass, '/identity/break-glass', 'Break-glass accounts', ({ findings }) => [
      findings.length,
      counted(
        findings.length,
        'finding about break-glass accounts',
        'findings about break-glass accounts',
      ),
    ]),
    ...finding(recoveries, '/identity/enrolment', 'Recoveries', (data) => {
      const waiting = data.recoveries.filter(({ state }) => state === 'started').length
      return [
        waiting,
        `${counted(waiting, 'recovery waits', 'recoveries wait')} for a second person`,
      ]
    }),
    ...finding(enrolments, '/identity/enrolment', 'Links for enrolling', (data) => {
      const waiting = data.enrolments.filter(({ state }) => state === 'waiting').length
      return [
        waiting,
        `${counted(waiting, 'link of an administrator waits', 'links of administrators wait')} for a second administrator`,
      ]
    }),
    ...finding(unknown, '/identity/unmatched', 'Unknown identities', ({ total }) => [
      total,
      `${counted(total, 'unknown identity waits', 'unknown identities wait')} for a decision`,
    ]),
  ]
}

/** A read that failed is told too: it must not look as if nothing waited. */
function finding<T>(
  { data, error }: UseQueryResult<T>,
  path: PagePath,
  what: string,
  say: (data: T) => readonly [count: number, text: string],
): readonly Finding[] {
  if (data === undefined) return error ? [{ path, text: `${what} could not be read` }] : []
  const [count, text] = say(data)
  return count === 0 ? [] : [{ path, text }]
}
