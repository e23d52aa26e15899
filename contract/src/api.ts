// Every route of the published API, by pillar.
import { accessRequestsApi } from './api/access-requests.ts'
import { automationApi } from './api/automation.ts'
import { breakGlassApi } from './api/break-glass.ts'
import { cadenceApi } from './api/cadence.ts'
import { credentialsApi } from './api/credentials.ts'
import { factorsApi } from './api/factors.ts'
import { federationApi } from './api/federation.ts'
import { signinFederationApi } from './api/signin-federation.ts'
import { frictionApi } from './api/friction.ts'
import { identityApi } from './api/identity.ts'
import { applicationsApi, dataApi, devicesApi, hostsApi, policiesApi } from './api/inventory.ts'
import { networksApi } from './api/networks.ts'
import { sessionsApi, sightingsApi } from './api/sessions.ts'
import { samlApi, samlApplicationsApi, samlIdentityApi } from './api/saml.ts'
import { signOnApi } from './api/sign-on.ts'
import { signinApi } from './api/signin.ts'
import { signinDeviceApi } from './api/signin-device.ts'
import { signinFactorsApi } from './api/signin-factors.ts'
import { signinTokenApi } from './api/signin-token.ts'
import { visibilityApi } from './api/visibility.ts'

export const api = {
  signin: {
    ...signinApi,
    ...signinDeviceApi,
    ...signinFactorsApi,
    ...signinFederationApi,
    ...signinTokenApi,
    ...samlApi,
  },
  identity: {
    ...identityApi,
    ...accessRequestsApi,
    ...factorsApi,
    ...sessionsApi,
    ...cadenceApi,
    ...breakGlassApi,
    ...frictionApi,
    ...federationApi,
    ...samlIdentityApi,
  },
  devices: devicesApi,
  networks: { ...networksApi, ...hostsApi, ...sightingsApi },
  applications: { ...applicationsApi, ...credentialsApi, ...signOnApi, ...samlApplicationsApi },
  data: dataApi,
  visibility: visibilityApi,
  automation: automationApi,
  policies: policiesApi,
} as const
