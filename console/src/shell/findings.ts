// What the palette finds for a text.
import { api } from '@countersign/contract/api'
import type { Permission } from '@countersign/contract/actions'
import { useDebouncedValue } from '@mantine/hooks'
import { IconRobot, IconStack2, IconTimelineEvent, IconUser } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { LinkProps } from '@tanstack/react-router'
import { reading } from '#api/server.client.ts'
import { type PageEntry, portal, sectionsFor } from './pages.ts'

export interface Found {
  readonly key: string
  readonly name: string
  readonly what: string
  readonly icon: PageEntry['icon']
  readonly to: Pick<LinkProps, 'to' | 'search' | 'params'>
}

const queryMinCharacters = 2
const waitMs = 140
const perKind = 5

/** Pages that match at once, and what the server finds once the typing rests. */
export function useFindings(query: string, permissions: readonly Permission[]) {
  const wanted = query.trim()
  const [search] = useDebouncedValue(wanted, waitMs)
  const asks = search.length >= queryMinCharacters && !search.startsWith('dec_')
  const readsIdentity = asks && permissions.includes('identity.read')
  const readsApplications = asks && permissions.includes('applications.read')
  const listing = { query: { search, limit: perKind } }
  const people = useQuery({
    ...reading(api.identity.people, listing),
    enabled: readsIdentity,
    placeholderData: keepPreviousData,
  })
  const workloads = useQuery({
    ...reading(api.identity.workloads, listing),
    enabled: readsIdentity,
    placeholderData: keepPreviousData,
  })
  const applications = useQuery({
    ...reading(api.applications.applications, listing),
    enabled: readsApplications,
    placeholderData: keepPreviousData,
  })
  const pages = pagesLike(wanted, permissions)
  const decision: Found[] =
    wanted.startsWith('dec_') && permissions.includes('visibility.read') ? [decisionAt(wanted)] : []
  const things: Found[] = asks
    ? [
        ...(applications.data?.items ?? []).map(({ id, name }) =>
          thing('/applications', id, name, 'Application', IconStack2),
        ),
        ...(people.data?.items ?? []).map(({ id, name, title }) =>
          thing('/identity/people', id, name, title ?? 'Person', IconUser),
        ),
        ...(workloads.data?.items ?? []).map(({ id, name }) =>
          thing('/identity/workloads', id, name, 'Workload', IconRobot),
        ),
      ]
    : []
  return {
    found: [...decision, ...pages.byTitle, ...things, ...pages.byAlias],
    searching:
      search !== wanted || people.isFetching || workloads.isFetching || applications.isFetching,
  }
}

/** Pages whose title has the words come first; those found by another word come last. */
function pagesLike(wanted: string, permissions: readonly Permission[]) {
  const words = wanted.toLowerCase().split(/\s+/)
  const has = (text: string) => words.every((word) => text.toLowerCase().includes(word))
  const all = [
    ...sectionsFor(permissions).flatMap(({ title, pages }) =>
      pages.map((page) => ({ page, section: title })),
    ),
    ...portal.map((page) => ({ page, section: 'Mine' })),
  ]
  const [byTitle, byAlias]: [Found[], Found[]] = [[], []]
  for (const { page, section } of all) {
    const named = `${page.title} ${section}`
    const found = {
      key: page.path,
      name: page.title,
      what: section,
      icon: page.icon,
      to: { to: page.path },
    }
    if (has(named)) byTitle.push(found)
    else if (has(`${named} ${page.alias ?? ''}`)) byAlias.push(found)
  }
  return { byTitle, byAlias }
}

function thing(
  to: '/applications' | '/identity/people' | '/identity/workloads',
  id: string,
  name: string,
  what: string,
  icon: PageEntry['icon'],
): Found {
  return { key: `${to}/${id}`, name, what, icon, to: { to, search: { search: id, selected: id } } }
}

function decisionAt(decision: string): Found {
  return {
    key: decision,
    name: decision,
    what: 'Decision',
    icon: IconTimelineEvent,
    to: { to: '/visibility/decisions/$decision', params: { decision } },
  }
}
