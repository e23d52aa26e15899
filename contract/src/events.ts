// Everything that can happen to what the system knows, as a closed union. Each journal entry is
// one of these; there is no second way to hear of a change.

export const events = {
  'identity.person.put': 'a person was added or changed',
  'identity.person.removed': 'a person was removed',
  'identity.workload.put': 'a workload was added or changed',
  'identity.workload.removed': 'a workload was removed',
  'identity.group.put': 'a group was added or changed',
  'identity.group.removed': 'a group was removed',
  'identity.session.started': 'someone signed in',
  'identity.session.strengthened': 'someone proved again, or more strongly, who they are',
  'identity.session.extended': 'a session was carried to another host',
  'identity.session.ended': 'a session ended',
  'identity.token.issued': 'a workload exchanged a token of its own for an access token',
  'identity.passkey.registered': 'a passkey was registered',
  'identity.passkey.used': 'a passkey was used',
  'identity.link.issued': 'a single-use link was issued',
  'identity.link.spent': 'a single-use link was used',
  'devices.device.put': 'a device was added or changed',
  'devices.device.removed': 'a device was removed',
  'networks.host.put': 'a host was added or changed',
  'networks.host.removed': 'a host was removed',
  'networks.gateway.enrolled': 'a gateway was enrolled',
  'networks.gateway.removed': 'a gateway was removed',
  'applications.application.put': 'an application was added or changed',
  'applications.application.removed': 'an application was removed',
  'applications.credential.set': 'a credential of an application was set',
  'applications.credential.removed': 'a credential of an application was removed',
  'data.dataset.put': 'a data set was added or changed',
  'data.dataset.removed': 'a data set was removed',
  'policies.release.made': 'policies were released',
} as const

export type EventType = keyof typeof events
