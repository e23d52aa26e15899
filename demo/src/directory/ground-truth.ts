// What is wrong with the directory, written down by whoever planted it, at the moment of planting.
// An audit is right when it finds exactly this.

export type PlantedFault =
  | {
      readonly kind: 'orphaned-account'
      readonly account: string
      readonly cause: 'left' | 'unknown number' | 'no number'
    }
  | { readonly kind: 'service-without-expiry'; readonly account: string }
  | { readonly kind: 'domain-administrator'; readonly account: string; readonly path: string }
  | { readonly kind: 'shared-account'; readonly account: string; readonly disguised: boolean }
  | { readonly kind: 'not-enrolled'; readonly account: string }
  | { readonly kind: 'application-without-sso'; readonly application: string }
  | {
      readonly kind: 'stale-membership'
      readonly account: string
      readonly group: string
      readonly cause: 'disabled' | 'left' | 'moved'
    }

export type FaultKind = PlantedFault['kind']

/** A part of a whole, as it was counted. */
interface Share {
  readonly count: number
  readonly of: number
}

/** The seven headline figures of an identity audit. */
export interface HeadlineFigures {
  readonly orphanedAccounts: number
  readonly servicesWithoutExpiry: number
  readonly domainAdministrators: number
  readonly sharedAccounts: number
  readonly mfaEnrolled: Share
  readonly ssoCoverage: Share
  readonly staleMemberships: number
}

export interface GroundTruth {
  readonly figures: HeadlineFigures
  readonly faults: readonly PlantedFault[]
}

/** What the demonstration promises. 854 of 1,400 are 61 %, 19 of 50 are 38 %. */
export const promisedFigures: HeadlineFigures = {
  orphanedAccounts: 214,
  servicesWithoutExpiry: 89,
  domainAdministrators: 43,
  sharedAccounts: 31,
  mfaEnrolled: { count: 854, of: 1_400 },
  ssoCoverage: { count: 19, of: 50 },
  staleMemberships: 1_840,
}
