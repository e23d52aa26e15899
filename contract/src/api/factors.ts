// What people sign in with, all of it: their own, which factors count here, enrolling people who have
// none yet, and recovering those who lost theirs.
import { z } from 'zod'
import { isInternal } from '../classification.ts'
import { entityId } from '../document-shapes.ts'
import { factorsPolicy } from '../factors.ts'
import { defineRoute, json } from '../route.ts'
import {
  done,
  enrolmentSummary,
  factors,
  link,
  lost,
  ofRecovery,
  recoverySummary,
} from './factor-shapes.ts'
import { ownFactorsApi } from './own-factors.ts'

const ofPerson = z.strictObject({ person: entityId })
const ofEnrolment = z.strictObject({ enrolment: z.string().regex(/^[0-9a-f]{64}$/) })

export const factorsApi = {
  ...ownFactorsApi,
  factorsPolicy: defineRoute({
    method: 'GET',
    path: '/api/identity/factors',
    permission: 'identity.read',
    summary: 'which factors count here, and for whom',
    output: json(factorsPolicy),
    problems: [],
  }),
  setFactorsPolicy: defineRoute({
    method: 'PUT',
    path: '/api/identity/factors',
    permission: 'identity.factors',
    summary: 'set which factors count here, and for whom; counts from the next sign-in',
    body: factorsPolicy,
    bodyMaxBytes: 4 * 1024 * 1024,
    output: json(factorsPolicy),
    problems: ['identity.factors_invalid'],
    event: 'identity.factors.set',
  }),
  factorsOf: defineRoute({
    method: 'GET',
    path: '/api/identity/people/:person/factors',
    permission: 'identity.read',
    summary: 'what a person signs in with',
    params: ofPerson,
    output: json(factors),
    problems: ['identity.not_found'],
  }),
  enrolments: defineRoute({
    method: 'GET',
    path: '/api/identity/enrolments',
    permission: 'identity.read',
    summary: 'links with which someone may enrol now, or once they are confirmed; never the links',
    output: json(z.strictObject({ enrolments: z.array(enrolmentSummary) })),
    problems: [],
  }),
  enrol: defineRoute({
    method: 'POST',
    path: '/api/identity/enrolments',
    permission: 'identity.enrol',
    summary:
      'issue the single-use link with which a person who has no passkey registers the first; earlier links of theirs are worthless',
    body: z.strictObject({
      person: entityId,
      /** How long it may be used, in minutes; a day unless said. */
      validMinutes: isInternal(
        z
          .int()
          .min(5)
          .max(7 * 24 * 60),
      ).optional(),
    }),
    output: json(link),
    problems: ['identity.not_found', 'identity.second_person', 'request.conflict'],
    event: 'identity.enrolment.issued',
  }),
  confirmEnrolment: defineRoute({
    method: 'POST',
    path: '/api/identity/enrolments/:enrolment',
    permission: 'identity.enrol',
    summary:
      'confirm, as a second administrator, the link that another issued for an administrator',
    params: ofEnrolment,
    body: z.strictObject({}),
    output: json(enrolmentSummary),
    problems: ['identity.enrolment_not_found', 'identity.second_person'],
    event: 'identity.enrolment.confirmed',
  }),
  revokeEnrolment: defineRoute({
    method: 'DELETE',
    path: '/api/identity/enrolments/:enrolment',
    permission: 'identity.enrol',
    summary: 'make a link for enrolling worthless',
    params: ofEnrolment,
    output: json(done),
    problems: ['identity.enrolment_not_found'],
    event: 'identity.enrolment.revoked',
  }),
  recoveries: defineRoute({
    method: 'GET',
    path: '/api/identity/recoveries',
    permission: 'identity.read',
    summary: 'recoveries of people who lost a device, those under way first',
    output: json(z.strictObject({ recoveries: z.array(recoverySummary) })),
    problems: [],
  }),
  startRecovery: defineRoute({
    method: 'POST',
    path: '/api/identity/recoveries',
    permission: 'identity.enrol',
    summary: 'start the recovery of a person who lost a device; another person confirms it',
    body: z.strictObject({ person: entityId, lost }),
    output: json(recoverySummary),
    problems: [
      'identity.not_found',
      'identity.passkey_not_found',
      'identity.second_person',
      'request.conflict',
    ],
    event: 'identity.recovery.started',
  }),
  confirmRecovery: defineRoute({
    method: 'POST',
    path: '/api/identity/recoveries/:recovery',
    permission: 'identity.enrol',
    summary:
      'confirm that it is really the person; removes what is lost, and gives the link to hand over',
    params: ofRecovery,
    body: z.strictObject({}),
    output: json(link),
    problems: ['identity.recovery_not_found', 'identity.second_person', 'request.conflict'],
    event: 'identity.recovery.confirmed',
  }),
  cancelRecovery: defineRoute({
    method: 'DELETE',
    path: '/api/identity/recoveries/:recovery',
    permission: 'identity.enrol',
    summary: 'stop a recovery and make its link worthless',
    params: ofRecovery,
    output: json(done),
    problems: ['identity.recovery_not_found'],
    event: 'identity.recovery.cancelled',
  }),
} as const
