// The actions policies speak about. The first four are what people and programs do to
// applications; the rest are what administrators do to Countersign itself, which is an
// application like any other (`Application::"countersign"`).

interface ActionRow {
  readonly appliesTo: readonly ('Person' | 'Workload' | 'Anonymous')[]
  readonly resource: 'Application' | 'Host' | 'Dataset'
  /** The action group it belongs to. */
  readonly group?: 'administer'
  readonly meaning: string
}

export const actions = {
  access: {
    appliesTo: ['Person', 'Workload', 'Anonymous'],
    resource: 'Application',
    meaning: 'use a web application in a browser',
  },
  invoke: {
    appliesTo: ['Person', 'Workload', 'Anonymous'],
    resource: 'Application',
    meaning: 'call an API',
  },
  connect: {
    appliesTo: ['Person', 'Workload'],
    resource: 'Application',
    meaning: 'open a tunnel to an application',
  },
  administer: {
    appliesTo: ['Person', 'Workload'],
    resource: 'Application',
    meaning:
      'change how an application or Countersign itself works; the group of all administrative actions',
  },
  'identity.read': administrative('read identities, groups and sessions'),
  'identity.write': administrative('change identities, groups and sessions'),
  'identity.enrol': administrative(
    'issue links with which people enrol, and recover those who lost a device',
  ),
  'identity.factors': administrative('set which factors count, and for whom'),
  'identity.providers': administrative(
    'set through which identity providers elsewhere people sign in, and what their word is worth',
  ),
  'devices.read': administrative('read devices and their posture'),
  'networks.read': administrative('read gateways and their state'),
  'networks.write': administrative('enrol and remove gateways'),
  'applications.read': administrative('read the application inventory'),
  'applications.credentials': administrative(
    'set and remove the credentials with which gateways sign in to applications',
  ),
  'applications.sign-on': administrative(
    'register how applications ask who someone is, and make their client secrets',
  ),
  'visibility.read': administrative('read and follow recorded decisions'),
  'policies.read': administrative('read policies and releases'),
  'policies.release': administrative('release policies'),
  'automation.import': administrative('import documents and records in bulk'),
} as const satisfies Record<string, ActionRow>

type ActionName = keyof typeof actions
/** The permission of an API route: an administrative action. */
export type Permission = Exclude<ActionName, 'access' | 'invoke' | 'connect' | 'administer'>
/** What the gateway asks about. */
export type AccessAction = 'access' | 'invoke' | 'connect'

/** Whether an action is made for principals of this type. An action we do not know is for policies to say. */
export function appliesTo(action: string, principalType: string): boolean {
  return principalsOf.get(action)?.has(principalType) ?? true
}

const principalsOf: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries<ActionRow>(actions).map(([name, row]) => [name, new Set(row.appliesTo)]),
)

/** The application that Countersign's own console and API are. */
export const ownApplication = 'countersign'

function administrative(
  meaning: string,
): ActionRow & { readonly group: 'administer'; readonly resource: 'Application' } {
  return {
    appliesTo: ['Person', 'Workload'],
    resource: 'Application',
    group: 'administer',
    meaning,
  }
}
