// What somebody signs in with, as they see it and change it, and as an administrator sees it.
import { factorsApi } from '@countersign/contract/api/factors'
import type { Session } from '@countersign/contract/documents'
import type { FactorsPolicy } from '@countersign/contract/factors'
import { problem } from '@countersign/contract/problems'
import { actorOf } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Exchange, type Implementation, implement } from '#http/implement'
import { readDocument } from '#journal/documents.store'
import { requiredSession } from '#signin/entrance'
import { type Passkey, passkeyKind } from '#signin/passkey'
import { passkeysOf } from '#signin/passkey.store'
import { takeTurn } from '#signin/turn.store'
import { isHardwareKey } from './attestation.ts'
import { readFactorsPolicy } from './factors-policy.store.ts'
import { mayChangeFactors, strongSignInNeeded } from './may-change.ts'
import { modelName } from './models.ts'
import { isOtpAllowed } from './otp.routes.ts'
import { recoveryCodesOf } from './recovery-codes.store.ts'
import { recoverySummary } from './recovery-summary.ts'
import { recoveryOf, withoutPasskeys } from './recovery.store.ts'
import { otp, otpKind } from './totp.ts'

export function ownFactorsRoutes(deps: SigninDependencies): readonly Implementation[] {
  const { ledger, settings } = deps
  const mayChange = ({ authentication }: Session, now: number): boolean =>
    mayChangeFactors(authentication, { isDemo: settings.demo, now })
  const strongSession = ({ caller, now }: Exchange): Session => {
    const session = requiredSession(caller)
    if (!mayChange(session, now)) throw strongSignInNeeded()
    return session
  }
  return [
    implement(factorsApi.myFactors, async (_, { caller, now }) => {
      const session = requiredSession(caller)
      return { ...(await factorsOf(deps, session.person, now)), canChange: mayChange(session, now) }
    }),

    implement(factorsApi.factorsOf, async ({ params }, { now }) => {
      if (!ledger.estate.get('person', params.person)) {
        throw problem('identity.not_found', `no person has the id \`${params.person}\``)
      }
      return factorsOf(deps, params.person, now)
    }),

    implement(factorsApi.renamePasskey, async ({ params, body }, exchange) => {
      const { person } = strongSession(exchange)
      const { sequence } = await ledger.write(actorOf(exchange.caller), async (tx) => {
        await takeTurn(tx)
        const found = owned(await passkeysOf(tx, person), params.passkey)
        const after = { ...found, name: body.name }
        return [{ event: 'identity.passkey.renamed', kind: passkeyKind, id: found.id, after }]
      })
      exchange.reply.sequence(sequence)
      return {}
    }),

    implement(factorsApi.removePasskey, async ({ params }, exchange) => {
      const session = strongSession(exchange)
      const { sequence } = await ledger.write(actorOf(exchange.caller), async (tx) => {
        await takeTurn(tx)
        const passkeys = await passkeysOf(tx, session.person)
        const found = owned(passkeys, params.passkey)
        if (passkeys.length === 1) throw problem('identity.last_factor')
        return withoutPasskeys(tx, session.person, new Set([found.id]), {
          event: 'identity.passkey.removed',
          ends: 'begun-with-removed',
          except: session.id,
        })
      })
      exchange.reply.sequence(sequence)
      return {}
    }),
  ]
}

async function factorsOf(
  { store: { db }, ledger: { estate } }: SigninDependencies,
  person: string,
  now: number,
) {
  const policy = await readFactorsPolicy(db)
  const set = await readDocument(db, otpKind, person)
  const { setAt, lastUsedAt } = set ? otp.parse(set) : {}
  const codes = await recoveryCodesOf(db, person)
  const recovery = await recoveryOf(db, person, now)
  return {
    passkeys: (await passkeysOf(db, person)).map((it) => detailOf(it, policy)),
    otp: {
      allowed: await isOtpAllowed(db, estate, person),
      ...(setAt === undefined ? {} : { setAt }),
      ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
    },
    recoveryCodes: {
      left: codes?.codes.length ?? 0,
      ...(codes ? { issuedAt: codes.issuedAt } : {}),
    },
    ...(recovery ? { recovery: recoverySummary(estate, recovery) } : {}),
  }
}

function detailOf(it: Passkey, policy: FactorsPolicy) {
  const { id, name, registeredAt, lastUsedAt, transports, aaguid, attestation } = it
  const model = modelName(aaguid)
  return {
    id,
    name,
    registeredAt,
    ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
    transports,
    aaguid,
    ...(model === undefined ? {} : { model }),
    attestation: attestation.trust,
    hardwareKey: isHardwareKey(it, policy),
    backupEligible: it.backupEligible,
    backedUp: it.backedUp,
  }
}

function owned(passkeys: readonly Passkey[], id: string): Passkey {
  const found = passkeys.find((it) => it.id === id)
  if (!found) throw problem('identity.passkey_not_found')
  return found
}
