// All checks, in the order in which reports list them within one severity.
import type { Check } from './check.ts'
import { credentialChecks } from './credentials.ts'
import { delegationChecks } from './delegation.ts'
import { infrastructureChecks } from './infrastructure.ts'
import { lifecycleChecks } from './lifecycle.ts'
import { machineChecks } from './machines.ts'
import { membershipChecks } from './memberships.ts'
import { privilegeChecks } from './privilege.ts'
import { roleChecks } from './roles.ts'
import { signInChecks } from './sign-in.ts'
import { ticketChecks } from './tickets.ts'

export const checks: readonly Check[] = [
  ...lifecycleChecks,
  ...membershipChecks,
  ...credentialChecks,
  ...ticketChecks,
  ...privilegeChecks,
  ...roleChecks,
  ...delegationChecks,
  ...machineChecks,
  ...signInChecks,
  ...infrastructureChecks,
]
