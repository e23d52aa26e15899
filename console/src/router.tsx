// Every address of the console. Addresses carry what a reader chose, so that a view can be sent to
// someone else.
import { createRootRoute, createRoute, createRouter, Outlet } from '@tanstack/react-router'
import { Applications } from '#pages/applications/applications.tsx'
import { MyApplications } from '#pages/applications/mine.tsx'
import { SignOnCoverage } from '#pages/applications/sign-on.tsx'
import { Datasets } from '#pages/data/datasets.tsx'
import { Devices } from '#pages/devices/devices.tsx'
import type { AddedKind } from '#pages/identity/add-provider.tsx'
import { BreakGlassAccounts } from '#pages/identity/break-glass.tsx'
import { CadencePage } from '#pages/identity/cadence.tsx'
import { SignInCoverage } from '#pages/identity/coverage.tsx'
import { EnrolmentAndRecovery } from '#pages/identity/enrolment.tsx'
import { FrictionPage } from '#pages/identity/friction.tsx'
import { Groups } from '#pages/identity/groups.tsx'
import { MySignIn } from '#pages/identity/me.tsx'
import { MySessions } from '#pages/identity/my-sessions.tsx'
import { People } from '#pages/identity/people.tsx'
import { IdentityProviders } from '#pages/identity/providers.tsx'
import { AccessRequests } from '#pages/identity/requests.tsx'
import { Sessions } from '#pages/identity/sessions.tsx'
import { UnknownIdentities } from '#pages/identity/unmatched.tsx'
import { Workloads } from '#pages/identity/workloads.tsx'
import { Gateways } from '#pages/networks/gateways.tsx'
import { Hosts } from '#pages/networks/hosts.tsx'
import { ReleaseInForce } from '#pages/policies/release.tsx'
import { Setup } from '#pages/signin/setup.tsx'
import { AppCode } from '#pages/signin/app-code.tsx'
import { ConnectProgram } from '#pages/signin/connect.tsx'
import { Enrol } from '#pages/signin/enrol.tsx'
import { RecoveryCode } from '#pages/signin/recovery.tsx'
import { SignIn } from '#pages/signin/signin.tsx'
import { DecisionPage } from '#pages/visibility/decision.tsx'
import { Decisions } from '#pages/visibility/decisions.tsx'
import { Overview } from '#pages/visibility/overview.tsx'
import { NotFound } from '#shell/not-found.tsx'
import { Shell } from '#shell/shell.tsx'
import { decisionSearch, type ListSearch, listSearch, text, type Unchecked } from './search.ts'

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound })
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell })

const signin = createRoute({
  getParentRoute: () => root,
  path: '/signin',
  validateSearch: ({
    return: wanted,
    fresh,
    problem,
    provider,
    reference,
    request,
  }: Unchecked) => ({
    ...text('return', wanted),
    ...text('fresh', fresh),
    ...text('problem', problem),
    ...text('provider', provider),
    ...text('reference', reference),
    ...text('request', request),
  }),
  component: SignIn,
})
const enrol = createRoute({
  getParentRoute: () => root,
  path: '/signin/enrol',
  component: Enrol,
})
const recovery = createRoute({
  getParentRoute: () => root,
  path: '/signin/recovery',
  component: RecoveryCode,
})
const appCode = createRoute({
  getParentRoute: () => root,
  path: '/signin/code',
  validateSearch: ({ return: wanted }: Unchecked) => text('return', wanted),
  component: AppCode,
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
const requests = createRoute({
  getParentRoute: () => shell,
  path: '/identity/requests',
  validateSearch: ({ decision: refusal, group, reason }: Unchecked) => ({
    ...text('decision', refusal),
    ...text('group', group),
    ...text('reason', reason),
  }),
  component: AccessRequests,
})
const mySessions = createRoute({
  getParentRoute: () => shell,
  path: '/identity/my-sessions',
  component: MySessions,
})
const signInCoverage = createRoute({
  getParentRoute: () => shell,
  path: '/identity/coverage',
  component: SignInCoverage,
})
const friction = createRoute({
  getParentRoute: () => shell,
  path: '/identity/friction',
  component: FrictionPage,
})
const sessions = createRoute({
  getParentRoute: () => shell,
  path: '/identity/sessions',
  validateSearch: listSearch,
  component: Sessions,
})
const breakGlass = createRoute({
  getParentRoute: () => shell,
  path: '/identity/break-glass',
  component: BreakGlassAccounts,
})
const cadence = createRoute({
  getParentRoute: () => shell,
  path: '/identity/cadence',
  component: CadencePage,
})
const providers = createRoute({
  getParentRoute: () => shell,
  path: '/identity/providers',
  validateSearch: ({ add, ...list }: Unchecked): ListSearch & { readonly add?: AddedKind } => ({
    ...listSearch(list),
    ...(add === 'oidc' || add === 'saml' ? { add } : {}),
  }),
  component: IdentityProviders,
})
const unknownIdentities = createRoute({
  getParentRoute: () => shell,
  path: '/identity/unmatched',
  validateSearch: ({ state }: Unchecked): { readonly state?: 'dismissed' } =>
    state === 'dismissed' ? { state } : {},
  component: UnknownIdentities,
})
const enrolment = createRoute({
  getParentRoute: () => shell,
  path: '/identity/enrolment',
  validateSearch: ({ person }: Unchecked) => text('person', person),
  component: EnrolmentAndRecovery,
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
const signOnCoverage = createRoute({
  getParentRoute: () => shell,
  path: '/applications/sign-on',
  component: SignOnCoverage,
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
    enrol,
    recovery,
    appCode,
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
      mySessions,
      requests,
      signInCoverage,
      friction,
      sessions,
      breakGlass,
      cadence,
      providers,
      unknownIdentities,
      enrolment,
      devices,
      gateways,
      hosts,
      applications,
      signOnCoverage,
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
