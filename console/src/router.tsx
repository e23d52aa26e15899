// Every address of the console. Addresses carry what a reader chose, so that a view can be sent to
// someone else.
import { verdicts, type Verdict } from '@countersign/contract/decision'
import { createRootRoute, createRoute, createRouter, Outlet } from '@tanstack/react-router'
import { Applications } from '#pages/applications/applications.tsx'
import { MyApplications } from '#pages/applications/mine.tsx'
import { Datasets } from '#pages/data/datasets.tsx'
import { Devices } from '#pages/devices/devices.tsx'
import { Groups } from '#pages/identity/groups.tsx'
import { MySignIn } from '#pages/identity/me.tsx'
import { People } from '#pages/identity/people.tsx'
import { Workloads } from '#pages/identity/workloads.tsx'
import { Gateways } from '#pages/networks/gateways.tsx'
import { Hosts } from '#pages/networks/hosts.tsx'
import { ReleaseInForce } from '#pages/policies/release.tsx'
import { Setup } from '#pages/signin/setup.tsx'
import { ConnectProgram } from '#pages/signin/connect.tsx'
import { SignIn } from '#pages/signin/signin.tsx'
import { DecisionPage } from '#pages/visibility/decision.tsx'
import { Decisions } from '#pages/visibility/decisions.tsx'
import { Overview } from '#pages/visibility/overview.tsx'
import { NotFound } from '#shell/not-found.tsx'
import { Shell } from '#shell/shell.tsx'

export interface ListSearch {
  readonly search?: string
  /** The id of the row that is open. */
  readonly selected?: string
}

export interface DecisionSearch {
  readonly verdict?: Verdict
  readonly principal?: string
  readonly application?: string
  /** `1` includes decisions about Countersign itself. */
  readonly own?: '1'
}

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound })
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell })

const signin = createRoute({
  getParentRoute: () => root,
  path: '/signin',
  validateSearch: ({ return: wanted }: Unchecked): { readonly return?: string } =>
    typeof wanted === 'string' ? { return: wanted } : {},
  component: SignIn,
})
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: Setup,
})

const connect = createRoute({
  getParentRoute: () => root,
  path: '/connect',
  validateSearch: ({ code }: Unchecked): { readonly code?: string } =>
    typeof code === 'string' && code !== '' ? { code } : {},
  component: ConnectProgram,
})

const overview = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: Overview,
})
const decisions = createRoute({
  getParentRoute: () => shell,
  path: '/visibility/decisions',
  validateSearch: decisionSearch,
  component: Decisions,
})
const decision = createRoute({
  getParentRoute: () => shell,
  path: '/visibility/decisions/$decision',
  component: DecisionPage,
})
const people = createRoute({
  getParentRoute: () => shell,
  path: '/identity/people',
  validateSearch: listSearch,
  component: People,
})
const workloads = createRoute({
  getParentRoute: () => shell,
  path: '/identity/workloads',
  validateSearch: listSearch,
  component: Workloads,
})
const groups = createRoute({
  getParentRoute: () => shell,
  path: '/identity/groups',
  validateSearch: listSearch,
  component: Groups,
})
const me = createRoute({
  getParentRoute: () => shell,
  path: '/identity/me',
  component: MySignIn,
})
const devices = createRoute({
  getParentRoute: () => shell,
  path: '/devices',
  validateSearch: listSearch,
  component: Devices,
})
const gateways = createRoute({
  getParentRoute: () => shell,
  path: '/networks/gateways',
  component: Gateways,
})
const hosts = createRoute({
  getParentRoute: () => shell,
  path: '/networks/hosts',
  validateSearch: listSearch,
  component: Hosts,
})
const applications = createRoute({
  getParentRoute: () => shell,
  path: '/applications',
  validateSearch: listSearch,
  component: Applications,
})
const mine = createRoute({
  getParentRoute: () => shell,
  path: '/applications/mine',
  component: MyApplications,
})
const data = createRoute({
  getParentRoute: () => shell,
  path: '/data',
  validateSearch: listSearch,
  component: Datasets,
})
const policies = createRoute({
  getParentRoute: () => shell,
  path: '/policies',
  validateSearch: listSearch,
  component: ReleaseInForce,
})

export const router = createRouter({
  routeTree: root.addChildren([
    signin,
    setup,
    connect,
    shell.addChildren([
      overview,
      decisions,
      decision,
      people,
      workloads,
      groups,
      me,
      devices,
      gateways,
      hosts,
      applications,
      mine,
      data,
      policies,
    ]),
  ]),
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

type Unchecked = Readonly<Record<string, unknown>>

function listSearch({ search, selected }: Unchecked): ListSearch {
  return { ...text('search', search), ...text('selected', selected) }
}

function decisionSearch({ verdict, principal, application, own }: Unchecked): DecisionSearch {
  const known = verdicts.find((one) => one === verdict)
  return {
    ...(known ? { verdict: known } : {}),
    ...text('principal', principal),
    ...text('application', application),
    ...(String(own) === '1' ? { own: '1' } : {}),
  }
}

/** A search text; the router reads digits as numbers, and an id may be all digits. */
function text<K extends string>(name: K, value: unknown): { readonly [P in K]?: string } {
  const isText = typeof value === 'string' || typeof value === 'number'
  return isText && value !== '' ? ({ [name]: String(value) } as { [P in K]: string }) : {}
}
