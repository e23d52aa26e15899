// Everything the steps of a request may use. Each step names the part it needs; only `main.ts`
// puts the parts together.
import type { Logger } from 'pino'
import type { DecisionLog } from '#decisions/decision-log.file'
import type { EnrolmentHolder } from '#enrolment/enrolment'
import type { KeptAnswers } from '#external/kept-answers'
import type { LiveEstate } from '#feed/live-estate'
import type { Metrics } from '#operate/metrics'
import type { FormBodies } from '#refusal/form-body'
import type { Sightings } from '#sightings/sightings'
import type { OpenStreams } from '#streams/open-streams'
import type { Endings } from '#tunnel/endings'
import type { Assertions } from '#upstream/assertion'
import type { UpstreamHealth } from '#upstream-health/health'
import type { UpstreamCredentials } from '#upstream-credentials/held'
import type { Upstreams } from '#upstream/upstreams.client'
import type { Credentials } from '#workloads/credentials'
import type { ControlPlane } from './control-plane.client.ts'

/** The only sources of time and chance. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Nanoseconds of a monotonic clock. */
  readonly monotonicNs: () => bigint
}

export interface Gateway {
  readonly clock: Clock
  readonly randomBytes: (count: number) => Uint8Array
  readonly enrolment: EnrolmentHolder
  readonly facts: LiveEstate
  readonly decisions: DecisionLog
  readonly upstreams: Upstreams
  readonly assertions: Assertions
  readonly credentials: Credentials
  readonly upstreamCredentials: UpstreamCredentials
  readonly upstreamHealth: UpstreamHealth
  readonly controlPlane: ControlPlane
  readonly sightings: Sightings
  readonly streams: OpenStreams
  readonly endings: Endings
  readonly keptAnswers: KeptAnswers
  readonly formBodies: FormBodies
  readonly metrics: Metrics
  readonly log: Logger
}
