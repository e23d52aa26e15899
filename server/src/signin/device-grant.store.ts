// Programs that wait, in the store, so that any server process can approve and answer them.
import type { Generated, Kysely, Selectable } from 'kysely'
import type { Database } from '#store/database'
import { type DeviceGrant, paced } from './device-grant.ts'

type GrantTable = {
  readonly slot: Generated<number>
  readonly id: string
  readonly user_code: string
  readonly program: string
  readonly machine: string
  readonly address: string
  readonly asked_at: number
  readonly expires_at: number
  readonly polled_at: number
  readonly interval_seconds: number
  readonly state: 'waiting' | 'approved' | 'denied'
  readonly approver: string | null
}
type Tables = { readonly signin_device_grants: GrantTable }

/** Keeps a program that begins to wait, in the slot of the oldest one. */
export async function keepDeviceGrant(db: Kysely<Database>, grant: DeviceGrant): Promise<void> {
  await db
    .withTables<Tables>()
    .insertInto('signin_device_grants')
    .values({
      id: grant.id,
      user_code: grant.userCode,
      program: grant.program,
      machine: grant.machine,
      address: grant.address,
      asked_at: grant.askedAt,
      expires_at: grant.expiresAt,
      polled_at: grant.polledAt,
      interval_seconds: grant.intervalSeconds,
      state: 'waiting',
      approver: null,
    })
    .onConflict((conflict) =>
      conflict.column('slot').doUpdateSet((eb) => ({
        id: eb.ref('excluded.id'),
        user_code: eb.ref('excluded.user_code'),
        program: eb.ref('excluded.program'),
        machine: eb.ref('excluded.machine'),
        address: eb.ref('excluded.address'),
        asked_at: eb.ref('excluded.asked_at'),
        expires_at: eb.ref('excluded.expires_at'),
        polled_at: eb.ref('excluded.polled_at'),
        interval_seconds: eb.ref('excluded.interval_seconds'),
        state: eb.ref('excluded.state'),
        approver: eb.ref('excluded.approver'),
      })),
    )
    .execute()
}

/** A program's question: how it stands, and whether it asks too often, which is remembered. */
export async function askDeviceGrant(
  db: Kysely<Database>,
  id: string,
  now: number,
): Promise<{ readonly grant: DeviceGrant; readonly isTooFast: boolean } | undefined> {
  return db
    .withTables<Tables>()
    .transaction()
    .execute(async (tx) => {
      const row = await tx
        .selectFrom('signin_device_grants')
        .selectAll()
        .where('id', '=', id)
        .where('expires_at', '>', now)
        .forUpdate()
        .executeTakeFirst()
      if (!row) return undefined
      const { isTooFast, intervalSeconds } = paced(grantOf(row), now)
      await tx
        .updateTable('signin_device_grants')
        .set({ polled_at: Math.max(now, row.polled_at), interval_seconds: intervalSeconds })
        .where('id', '=', id)
        .execute()
      return { grant: { ...grantOf(row), intervalSeconds }, isTooFast }
    })
}

/** The program that waits with this code; undefined where none does, or more than one. */
export async function waitingDeviceGrant(
  db: Kysely<Database>,
  userCode: string,
  now: number,
): Promise<DeviceGrant | undefined> {
  const rows = await db
    .withTables<Tables>()
    .selectFrom('signin_device_grants')
    .selectAll()
    .where('user_code', '=', userCode)
    .where('state', '=', 'waiting')
    .where('expires_at', '>', now)
    .limit(2)
    .execute()
  const [row, another] = rows
  return row === undefined || another !== undefined ? undefined : grantOf(row)
}

/** Answers a program that waits. False where it waits no more: the first answer counts. */
export async function answerDeviceGrant(
  db: Kysely<Database>,
  id: string,
  answer: Exclude<DeviceGrant['standing'], { readonly kind: 'waiting' }>,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .withTables<Tables>()
    .updateTable('signin_device_grants')
    .set({
      state: answer.kind,
      approver: answer.kind === 'approved' ? answer.approver : null,
    })
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return numUpdatedRows > 0
}

/** Takes an approved program out: of two that take it, one gets it. Gives its approver's session id. */
export async function takeApprovedGrant(
  db: Kysely<Database>,
  id: string,
  now: number,
): Promise<string | undefined> {
  const row = await db
    .withTables<Tables>()
    .deleteFrom('signin_device_grants')
    .where('id', '=', id)
    .where('state', '=', 'approved')
    .where('expires_at', '>', now)
    .returning('approver')
    .executeTakeFirst()
  return row?.approver ?? undefined
}

/** Deletes what has expired. @returns how many. */
export async function sweepDeviceGrants(db: Kysely<Database>, now: number): Promise<number> {
  const { numDeletedRows } = await db
    .withTables<Tables>()
    .deleteFrom('signin_device_grants')
    .where('expires_at', '<=', now)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

function grantOf(row: Selectable<GrantTable>): DeviceGrant {
  const { id, program, machine, address, state, approver } = row
  return {
    id,
    userCode: row.user_code,
    program,
    machine,
    address,
    askedAt: row.asked_at,
    expiresAt: row.expires_at,
    polledAt: row.polled_at,
    intervalSeconds: row.interval_seconds,
    standing:
      state === 'approved' && approver !== null
        ? { kind: 'approved', approver }
        : { kind: state === 'denied' ? 'denied' : 'waiting' },
  }
}
