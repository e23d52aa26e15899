// The tables as Kysely sees them. The migrations define them; this file only names their columns.
// Both drivers are set up alike: `bigint` arrives as a number (the store's values stay below
// 2^53) and `jsonb` arrives parsed. Values for `jsonb` are given as JSON text.
import type { ColumnType } from 'kysely'

/** A `jsonb` column: read as a value, written as its JSON text. */
type JsonText = ColumnType<unknown, string, string>
type NullableJsonText = ColumnType<unknown, string | null, never>

export interface Database {
  readonly migrations: MigrationTable
  readonly journal_head: JournalHeadTable
  readonly journal: JournalTable
  readonly documents: DocumentTable
  readonly keys: KeyTable
  readonly credentials: CredentialTable
  readonly otp_keys: OtpKeyTable
  readonly provider_secrets: ProviderSecretTable
  readonly provider_sessions: ProviderSessionTable
  readonly situations: SituationTable
  readonly decisions: DecisionTable
  readonly decision_hours: DecisionHourTable
}

interface MigrationTable {
  readonly number: number
  readonly name: string
  /** SHA-256 of the file that was applied, in hex. */
  readonly digest: string
  readonly applied_at: number
}

/** One row: the last link of the chain, and the lock that puts writers in line. */
interface JournalHeadTable {
  readonly one: true
  readonly sequence: number
  readonly hash: string
}

interface JournalTable {
  readonly sequence: number
  readonly at: number
  readonly actor: string
  readonly event: string
  readonly kind: string
  readonly id: string
  readonly before: NullableJsonText
  readonly after: NullableJsonText
  readonly previous: string
  readonly hash: string
}

interface DocumentTable {
  readonly kind: string
  readonly id: string
  readonly body: JsonText
  readonly sequence: number
}

/** Private keys, sealed under the master key. */
interface KeyTable {
  readonly name: string
  readonly sealed: string
  readonly created_at: number
}

/** Keys of codes from an app: of each person one that counts, and one that waits for a code. */
interface OtpKeyTable {
  readonly person: string
  readonly confirmed: boolean
  readonly sealed: string
  readonly last_step: number
  readonly made_at: number
}

/** Credentials for applications, sealed under the master key. */
interface CredentialTable {
  readonly application: string
  /** Empty where everyone shares it. */
  readonly person: string
  readonly sealed: string
  readonly set_at: number
  readonly set_by: string
}

/** What we show identity providers elsewhere, sealed under the master key. */
interface ProviderSecretTable {
  readonly provider: string
  readonly name: string
  readonly sealed: string
  readonly set_at: number
}

/** Which session came from which session of a provider. */
interface ProviderSessionTable {
  readonly session: string
  readonly provider: string
  readonly subject: string
  readonly sid: string | null
  /** Sealed under the master key. */
  readonly sealed: string | null
  readonly check_at: number | null
}

/** A context without what differs from one request to the next, under its SHA-256. */
interface SituationTable {
  readonly hash: string
  readonly body: JsonText
}

interface DecisionTable {
  readonly id: string
  readonly at: number
  readonly gateway: string
  readonly principal_type: string
  readonly principal_id: string
  readonly principal_name: string | null
  readonly action: string
  readonly resource_type: string
  readonly resource_id: string
  readonly resource_name: string | null
  readonly verdict: string
  readonly would_be: string
  readonly method: string
  readonly path: string
  /** The answers, near misses and the rest of the context, as the record has them. */
  readonly detail: JsonText
  readonly situation: string
  readonly session: string | null
  readonly release: string
  readonly sequence: number
  readonly took_ns: number
}

/** How many decisions there were, so that figures do not grow with the traffic. */
interface DecisionHourTable {
  /** Start of the hour, in milliseconds since the epoch. */
  readonly hour: number
  readonly resource_type: string
  readonly resource_id: string
  readonly verdict: string
  readonly decisions: number
}
