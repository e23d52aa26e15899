// What a gateway is told when it enrols, and keeps: who it is, whose feed it believes, and where
// people sign in.
import { networksApi } from '@countersign/contract/api/networks'
import type { RouteResult } from '@countersign/contract/route'

/** The answer to an enrolment is what is stored of it. */
export const enrolment = networksApi.enrol.output.schema

/**
 * `gateway` is its id; `feedKey` is pinned: nothing signed by another key is ever believed;
 * `consoleUrl` is where people sign in.
 */
export type Enrolment = RouteResult<typeof networksApi.enrol>

/** Holds the enrolment once there is one. */
export interface EnrolmentHolder {
  current: Enrolment | undefined
}
