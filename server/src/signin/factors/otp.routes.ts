// Codes from an app: setting them up, taking them away, and adding one to a sign-in with a password.
import { factorsApi } from '@countersign/contract/api/factors'
import { signinFactorsApi } from '@countersign/contract/api/signin-factors'
import type { Session } from '@countersign/contract/documents'
import type { Estate } from '@countersign/contract/estate'
import { problem } from '@countersign/contract/problems'
import { Secret } from '@countersign/contract/secret'
import type { Kysely } from 'kysely'
import { actorOf } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Exchange, type Implementation, implement } from '#http/implement'
import { readDocument } from '#journal/documents.store'
import { admit } from '#signin/admission.store'
import { Attempts, otpLimits } from '#signin/attempts'
import {
  actorPerson,
  type Entrance,
  nextAfter,
  requiredSession,
  sourceOf,
  tooMany,
  welcome,
} from '#signin/entrance'
import { isMember } from '#signin/people'
import { renewalMarginMs } from '#signin/session'
import { openSession } from '#signin/session.store'
import { takeTurn } from '#signin/turn.store'
import type { Database } from '#store/database'
import { readFactorsPolicy } from './factors-policy.store.ts'
import { browserCookie, browserMark, browserMaxAgeSeconds, isKnownTo } from './known-browser.ts'
import { mayChangeFactors, strongSignInNeeded } from './may-change.ts'
import {
  confirmOtpKey,
  keepOtpKey,
  readOtpKey,
  removeOtpKeys,
  spendOtpStep,
} from './otp-key.store.ts'
import { newOtpKey, otp, otpAuthentication, otpInvitation, otpKind, stepOf } from './totp.ts'

/** How long a key waits for its first code, in milliseconds. */
const pendingMaxAgeMs = 15 * 60_000
/** How long after the password a code still adds to it, in milliseconds. */
const passwordMaxAgeMs = 15 * 60_000

export function otpRoutes(
  deps: SigninDependencies,
  { sites }: Pick<Entrance, 'sites'>,
): readonly Implementation[] {
  const { store, ledger, settings, masterKey, randomBytes, log } = deps
  const guesses = new Attempts(otpLimits)

  const strongSession = ({ caller, now }: Exchange): Session => {
    const session = requiredSession(caller)
    if (!mayChangeFactors(session.authentication, { isDemo: settings.demo, now })) {
      throw strongSignInNeeded()
    }
    return session
  }
  const refuseOff = async (db: Kysely<Database>, person: string): Promise<void> => {
    if (!(await isOtpAllowed(db, ledger.estate, person))) throw problem('identity.otp_off')
  }
  // A stranger with the password guesses against the tries of browsers nobody knows.
  const guessKey = ({ cookie, now }: Exchange, person: string): string => {
    const mark = cookie(browserCookie)
    return isKnownTo(masterKey, person, mark, now) ? `${person} ${mark}` : person
  }
  const remember = ({ reply, now }: Exchange, person: string): void =>
    reply.cookie(browserCookie, browserMark(masterKey, person, now), browserMaxAgeSeconds)

  return [
    implement(factorsApi.beginOtp, async (_, exchange) => {
      const { person } = strongSession(exchange)
      await refuseOff(store.db, person)
      const key = newOtpKey(randomBytes)
      await keepOtpKey(store.db, masterKey, { person, key, now: exchange.now })
      const known = ledger.estate.get('person', person)
      const name = known?.email ?? known?.name ?? person
      return otpInvitation(new Secret(key), { organisation: settings.organisation, name })
    }),

    implement(factorsApi.confirmOtp, async ({ body }, exchange) => {
      const { caller, now, reply } = exchange
      const { person } = strongSession(exchange)
      await refuseOff(store.db, person)
      const key = guessKey(exchange, person)
      if (!guesses.spend(key, now)) throw tooMany()
      const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
        await takeTurn(tx)
        const pending = await readOtpKey(tx, masterKey, { person, confirmed: false })
        if (!pending || now - pending.madeAt > pendingMaxAgeMs) {
          throw problem('request.conflict', 'this took too long: begin setting up codes again')
        }
        const step = stepOf(pending.key, body.code, { lastStep: pending.lastStep, now })
        if (step === undefined) throw problem('identity.code_refused')
        await confirmOtpKey(tx, person, step)
        const after = { id: person, setAt: now }
        return [{ event: 'identity.otp.set', kind: otpKind, id: person, after }]
      })
      guesses.giveBack(key, now)
      remember(exchange, person)
      reply.sequence(sequence)
      return {}
    }),

    implement(factorsApi.removeOtp, async (_, exchange) => {
      const { caller, reply } = exchange
      const { person } = strongSession(exchange)
      const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
        await takeTurn(tx)
        await removeOtpKeys(tx, person)
        return [{ event: 'identity.otp.removed', kind: otpKind, id: person, after: null }]
      })
      reply.sequence(sequence)
      return {}
    }),

    implement(signinFactorsApi.otp, async ({ body: { code, returnTo } }, exchange) => {
      const { caller, now, requestId } = exchange
      const next = nextAfter(returnTo, sites)
      const session = requiredSession(caller)
      const { id, person, authentication } = session
      if (authentication.method !== 'password') {
        throw problem(
          'request.conflict',
          'a code adds to a sign-in with a password; yours is of another kind',
        )
      }
      if (!mayBeRaised(session, now)) {
        throw problem(
          'access.sign_in_required',
          'the password was a while ago, or the session ends soon: sign in anew first',
        )
      }
      await refuseOff(store.db, person)
      const key = guessKey(exchange, person)
      if (!guesses.spend(key, now)) throw tooMany()
      const admitted = await admit(ledger, sourceOf(deps, exchange), {
        actor: actorPerson(person),
        sessionId: id,
        prove: async (tx) => {
          const current = await openSession(tx, id)
          if (current?.session.authentication.method !== 'password') {
            throw problem('access.sign_in_required')
          }
          const known = await readOtpKey(tx, masterKey, { person, confirmed: true })
          const step = known && stepOf(known.key, code, { lastStep: known.lastStep, now })
          if (step === undefined || !(await spendOtpStep(tx, person, step))) {
            const reason = known ? 'it is wrong, too old or was used' : 'no key is set up'
            log.info({ requestId, person, reason }, 'a code from an app was refused')
            throw problem('identity.code_refused')
          }
          const set = otp.parse(await readDocument(tx, otpKind, person))
          return {
            arrival: {
              person,
              authentication: otpAuthentication(authentication, now),
              device: undefined,
              host: sites.publicUrl.hostname,
            },
            drafts: [
              {
                event: 'identity.otp.used',
                kind: otpKind,
                id: person,
                after: { ...set, lastUsedAt: now },
              },
            ],
          }
        },
      })
      guesses.giveBack(key, now)
      remember(exchange, person)
      welcome(exchange, admitted)
      return { next }
    }),
  ]
}

/** Whether a code from an app would raise this session: nobody learns of another's. */
export async function isRaisedByCode(
  { store, ledger }: Pick<SigninDependencies, 'store' | 'ledger'>,
  session: Session | undefined,
  now: number,
): Promise<boolean> {
  if (session?.authentication.method !== 'password') return false
  if (!mayBeRaised(session, now)) return false
  const { person } = session
  return (
    (await isOtpAllowed(store.db, ledger.estate, person)) &&
    (await readDocument(store.db, otpKind, person)) !== undefined
  )
}

// The two factors have to belong together: a code says nothing of who has sat there since the
// password. And it makes a session stronger, never longer: near its end, the password comes first.
function mayBeRaised({ authentication, endsAt, contestedAt }: Session, now: number): boolean {
  return (
    now - authentication.observedAt <= passwordMaxAgeMs &&
    endsAt - now > renewalMarginMs &&
    contestedAt === undefined
  )
}

/** Whether the policy lets this person use codes from an app. */
export async function isOtpAllowed(
  db: Kysely<Database>,
  estate: Estate,
  person: string,
): Promise<boolean> {
  const { otpGroups } = await readFactorsPolicy(db)
  return otpGroups.some((group) => isMember(estate, person, group))
}
