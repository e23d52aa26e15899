// The table of pages: where each is, what it is called, which pillar it belongs to, and who may
// see it. The navigation, the command palette and the page titles all follow it.
import type { Permission } from '@countersign/contract/actions'
import {
  IconAlertOctagon,
  IconApps,
  IconBellRinging,
  IconBuildingBank,
  IconCertificate,
  IconClockShield,
  IconDatabase,
  IconDeviceLaptop,
  IconDevices,
  IconGauge,
  IconKey,
  IconPlugConnected,
  IconLogin2,
  IconMailQuestion,
  IconRobot,
  IconRouter,
  IconServer,
  IconShieldCheck,
  IconStack2,
  IconTimelineEvent,
  IconUser,
  IconUserPlus,
  IconUserQuestion,
  IconUsersGroup,
} from '@tabler/icons-react'
import type { ComponentType } from 'react'

export type PagePath =
  | '/'
  | '/applications/mine'
  | '/identity/me'
  | '/identity/my-sessions'
  | '/identity/requests'
  | '/identity/coverage'
  | '/identity/friction'
  | '/identity/sessions'
  | '/identity/break-glass'
  | '/identity/cadence'
  | '/identity/providers'
  | '/identity/unmatched'
  | '/identity/enrolment'
  | '/identity/people'
  | '/identity/workloads'
  | '/identity/groups'
  | '/devices'
  | '/networks/gateways'
  | '/networks/hosts'
  | '/applications'
  | '/applications/sign-on'
  | '/data'
  | '/visibility/decisions'
  | '/policies'

export interface PageEntry {
  readonly path: PagePath
  readonly title: string
  /** `self`: everyone who is signed in. */
  readonly permission: Permission | 'self'
  readonly icon: ComponentType<{ readonly size?: number; readonly stroke?: number }>
  /** Other words a reader may look for it by. */
  readonly alias?: string
}

interface Section {
  /** The pillar; the first section has no title. */
  readonly title: string
  readonly pages: readonly PageEntry[]
}

/** What everyone has: the portal. */
export const portal: readonly PageEntry[] = [
  page('/applications/mine', 'My applications', 'self', IconApps, 'portal open launch'),
  page('/identity/me', 'My sign-in', 'self', IconKey, 'passkey recovery sign out account'),
  page('/identity/requests', 'Requests', 'self', IconMailQuestion, 'ask access approve decline'),
  page('/identity/my-sessions', 'My sessions', 'self', IconDevices, 'signed in where why asked'),
]

/** What administrators have besides, by pillar. */
const sections: readonly Section[] = [
  {
    title: 'Visibility',
    pages: [
      page('/', 'Overview', 'visibility.read', IconGauge, 'home dashboard figures'),
      page('/visibility/decisions', 'Decisions', 'visibility.read', IconTimelineEvent, 'live log'),
    ],
  },
  {
    title: 'Policies',
    pages: [page('/policies', 'Release in force', 'policies.read', IconCertificate, 'cedar rules')],
  },
  {
    title: 'Identity',
    pages: [
      page('/identity/people', 'People', 'identity.read', IconUser, 'employees contractors'),
      page(
        '/identity/workloads',
        'Workloads',
        'identity.read',
        IconRobot,
        'services keys machines',
      ),
      page('/identity/groups', 'Groups', 'identity.read', IconUsersGroup, 'membership roles'),
      page('/identity/sessions', 'Sessions', 'identity.read', IconPlugConnected, 'signed in end'),
      page(
        '/identity/enrolment',
        'Enrolment and recovery',
        'identity.read',
        IconUserPlus,
        'link lost device hardware keys factors',
      ),
      page(
        '/identity/providers',
        'Identity providers',
        'identity.read',
        IconBuildingBank,
        'federation openid saml sign in elsewhere',
      ),
      page(
        '/identity/unmatched',
        'Unknown identities',
        'identity.read',
        IconUserQuestion,
        'unmatched reconciliation link queue',
      ),
      page(
        '/identity/coverage',
        'Sign-in coverage',
        'identity.read',
        IconShieldCheck,
        'mfa phishing-resistant exclusions strength',
      ),
      page(
        '/identity/cadence',
        'Cadence',
        'identity.read',
        IconClockShield,
        're-verification tier',
      ),
      page(
        '/identity/break-glass',
        'Break-glass accounts',
        'identity.read',
        IconAlertOctagon,
        'emergency last resort drill',
      ),
      page('/identity/friction', 'Prompts', 'identity.read', IconBellRinging, 'friction budget'),
    ],
  },
  {
    title: 'Devices',
    pages: [
      page('/devices', 'Devices', 'devices.read', IconDeviceLaptop, 'posture laptops phones'),
    ],
  },
  {
    title: 'Networks',
    pages: [
      page('/networks/gateways', 'Gateways', 'networks.read', IconRouter, 'enforcement points'),
      page('/networks/hosts', 'Hosts', 'networks.read', IconServer, 'servers zones'),
    ],
  },
  {
    title: 'Applications',
    pages: [
      page('/applications', 'Inventory', 'applications.read', IconStack2, 'apps tier upstream'),
      page(
        '/applications/sign-on',
        'Sign-on coverage',
        'applications.read',
        IconLogin2,
        'sso openid saml shadow',
      ),
    ],
  },
  {
    title: 'Data',
    pages: [page('/data', 'Data sets', 'applications.read', IconDatabase, 'labels restricted')],
  },
]

/** The sections that someone with these permissions sees; empty ones are left out. */
export function sectionsFor(permissions: readonly Permission[]): readonly Section[] {
  const may = ({ permission }: PageEntry) =>
    permission === 'self' || permissions.includes(permission)
  return sections
    .map(({ title, pages }) => ({ title, pages: pages.filter(may) }))
    .filter(({ pages }) => pages.length > 0)
}

function page(
  path: PagePath,
  title: string,
  permission: Permission | 'self',
  icon: PageEntry['icon'],
  alias: string,
): PageEntry {
  return { path, title, permission, icon, alias }
}
