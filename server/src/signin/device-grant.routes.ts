// Signing a program in: what it asks, and what the person who approves it is shown and says.
import { shownUserCode, signinDeviceApi } from '@countersign/contract/api/signin-device'
import { isPresent } from '@countersign/contract/estate'
import { type Problem, problem } from '@countersign/contract/problems'
import { tokenHash } from '@countersign/contract/session'
import type { Caller } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Implementation, implement } from '#http/implement'
import { readDocument } from '#journal/documents.store'
import { token as tokenSchema } from '@countersign/contract/documents'
import { addressKey, Attempts } from './attempts.ts'
import {
  beginLimits,
  codeGuessLimits,
  type DeviceGrant,
  deviceGrantMaxAgeMs,
  enterProgram,
  newDeviceGrant,
  pollIntervalSeconds,
  userCodeHash,
} from './device-grant.ts'
import {
  answerDeviceGrant,
  askDeviceGrant,
  keepDeviceGrant,
  takeApprovedGrant,
  waitingDeviceGrant,
} from './device-grant.store.ts'
import {
  actorPerson,
  attemptKey,
  type Entrance,
  requiredSession,
  sourceOf,
  tooMany,
} from './entrance.ts'
import { ending } from './entry.ts'
import { firstDeviceOf } from './people.ts'
import { openSession } from './session.store.ts'
import { isLive } from './session.ts'
import { takeTurn } from './turn.store.ts'

/** What answers `signinDeviceApi`. */
export function deviceGrantRoutes(
  deps: SigninDependencies,
  entrance: Entrance,
): readonly Implementation[] {
  const guesses = new Attempts(codeGuessLimits)
  return [
    beginRoute(deps, new Attempts(beginLimits)),
    tokenRoute(deps, entrance),
    ...approvalRoutes(deps, guesses),
    endRoute(deps, entrance),
  ]
}

function beginRoute({ store, settings, ...deps }: SigninDependencies, begun: Attempts) {
  const { origin } = settings.publicUrl
  return implement(signinDeviceApi.deviceBegin, async ({ body }, exchange) => {
    const { caller, now } = exchange
    if (!begun.spend(attemptKey(caller), now)) throw tooMany()
    const { program, machine } = body
    const { grant, deviceCode, userCode } = newDeviceGrant(
      { program, machine, address: addressOf(caller) },
      sourceOf(deps, exchange),
    )
    await keepDeviceGrant(store.db, grant)
    const shown = shownUserCode(userCode)
    return {
      deviceCode,
      userCode: shown,
      verificationUrl: `${origin}/connect`,
      verificationUrlComplete: `${origin}/connect?code=${shown}`,
      expiresInSeconds: deviceGrantMaxAgeMs / 1000,
      intervalSeconds: pollIntervalSeconds,
    }
  })
}

function tokenRoute(deps: SigninDependencies, { failures }: Entrance): Implementation {
  const { store, ledger, settings } = deps
  return implement(signinDeviceApi.deviceToken, async ({ body }, exchange) => {
    const { caller, now, reply } = exchange
    const id = tokenHash(body.deviceCode)
    const asked = await askDeviceGrant(store.db, id, now)
    if (!asked) {
      throw failures.spend(attemptKey(caller), now) ? problem('signin.expired') : tooMany()
    }
    const { grant, isTooFast } = asked
    switch (grant.standing.kind) {
      case 'waiting':
        return {
          kind: isTooFast ? 'slow-down' : 'pending',
          intervalSeconds: grant.intervalSeconds,
        } as const
      case 'denied':
        throw problem('signin.device_denied')
      case 'approved':
        break
    }
    const person = ledger.estate.get('session', grant.standing.approver)?.person
    if (person === undefined)
      throw problem('signin.expired', 'who approved it has signed out since')
    let entered: { readonly token: string; readonly endsAt: number } | undefined
    const { sequence } = await ledger.write(actorPerson(person), async (tx) => {
      await takeTurn(tx)
      const approver = await takeApprovedGrant(tx, id, now)
      const current = approver === undefined ? undefined : await openSession(tx, approver)
      if (
        !current ||
        !isLive(current.session, now) ||
        !isPresent(ledger.estate.get('person', current.session.person), now)
      ) {
        throw problem('signin.expired')
      }
      const { hostname } = settings.publicUrl
      const { secret, endsAt, drafts } = enterProgram(
        current.session,
        {
          host: hostname,
          // No device proves itself yet; the demo plays that people sit at their own.
          device: settings.demo ? firstDeviceOf(ledger.estate, person) : undefined,
        },
        sourceOf(deps, exchange),
      )
      entered = { token: secret, endsAt }
      return drafts
    })
    if (!entered) throw new Error('a program was signed in that nobody approved')
    reply.sequence(sequence)
    const name = ledger.estate.get('person', person)?.name ?? person
    return { kind: 'granted', ...entered, name } as const
  })
}

function approvalRoutes(
  { store }: SigninDependencies,
  guesses: Attempts,
): readonly Implementation[] {
  // A guess costs before it is judged, and whoever guessed right gets it back.
  const waiting = async (caller: Caller, typed: string, now: number): Promise<DeviceGrant> => {
    const { person } = requiredSession(caller)
    if (!guesses.spend(person, now)) throw tooMany()
    const grant = await waitingDeviceGrant(store.db, userCodeHash(typed), now)
    if (!grant) throw unknownCode()
    guesses.giveBack(person, now)
    return grant
  }
  return [
    implement(signinDeviceApi.deviceRequest, async ({ body }, { caller, now }) => {
      const { program, machine, address, askedAt, expiresAt } = await waiting(
        caller,
        body.userCode,
        now,
      )
      const isSameAddress = addressKey(address) === addressKey(addressOf(caller))
      return { program, machine, address, isSameAddress, askedAt, expiresAt }
    }),

    implement(signinDeviceApi.deviceApprove, async ({ body }, { caller, now }) => {
      const approver = requiredSession(caller).id
      const { id } = await waiting(caller, body.userCode, now)
      if (!(await answerDeviceGrant(store.db, id, { kind: 'approved', approver }, now))) {
        throw unknownCode()
      }
      return {}
    }),

    implement(signinDeviceApi.deviceDeny, async ({ body }, { caller, now }) => {
      const { id } = await waiting(caller, body.userCode, now)
      if (!(await answerDeviceGrant(store.db, id, { kind: 'denied' }, now))) throw unknownCode()
      return {}
    }),
  ]
}

// As RFC 7009 §2.2: a token that is none is as good as ended, and who asks learns no more.
function endRoute({ store, ledger }: SigninDependencies, { failures }: Entrance): Implementation {
  return implement(signinDeviceApi.deviceEnd, async ({ body }, { caller, now, reply }) => {
    const found = await readDocument(store.db, 'token', tokenHash(body.token))
    const token = found === undefined ? undefined : tokenSchema.parse(found)
    if (token?.use !== 'tunnel') {
      if (!failures.spend(attemptKey(caller), now)) throw tooMany()
      return {}
    }
    const person = ledger.estate.get('session', token.session)?.person
    const actor = person === undefined ? 'Anonymous::"anonymous"' : actorPerson(person)
    const { sequence } = await ledger.write(actor, async (tx) => {
      await takeTurn(tx)
      const current = await openSession(tx, token.session)
      return current ? ending(current) : []
    })
    reply.sequence(sequence)
    return {}
  })
}

function addressOf(caller: Caller): string {
  return caller.kind === 'visitor' ? caller.address : caller.kind
}

function unknownCode(): Problem {
  return problem('signin.code_unknown')
}
