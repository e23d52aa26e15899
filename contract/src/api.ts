// Every route of the published API, by pillar.
import { automationApi } from './api/automation.ts'
import { credentialsApi } from './api/credentials.ts'
import { identityApi } from './api/identity.ts'
import { applicationsApi, dataApi, devicesApi, hostsApi, policiesApi } from './api/inventory.ts'
import { networksApi } from './api/networks.ts'
import { signinApi } from './api/signin.ts'
import { signinDeviceApi } from './api/signin-device.ts'
import { signinTokenApi } from './api/signin-token.ts'
import { visibilityApi } from './api/visibility.ts'

export const api = {
  signin: { ...signinApi, ...signinDeviceApi, ...signinTokenApi },
  identity: identityApi,
  devices: devicesApi,
  networks: { ...networksApi, ...hostsApi },
  applications: { ...applicationsApi, ...credentialsApi },
  data: dataApi,
  visibility: visibilityApi,
  automation: automationApi,
  policies: policiesApi,
} as const
