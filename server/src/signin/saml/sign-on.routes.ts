// Signing on to applications that speak SAML: an application asks, the person signs in where that is
// needed, the policies decide with the facts of this moment, and the answer is posted.
import { samlApi } from '@countersign/contract/api/saml'
import type { Person, Session } from '@countersign/contract/documents'
import { problem } from '@countersign/contract/problems'
import type { SigninDependencies } from '#http/dependencies'
import { type Exchange, type Implementation, implement } from '#http/implement'
import type { JudgeOptions } from '#http/judged'
import { attemptKey, type Entrance, sessionOf, sourceOf, tooMany } from '#signin/entrance'
import { orTell } from '#signin/federation/complete'
import { newSecret } from '#signin/secrets'
import { decideSignOn } from '#signin/sign-on'
import { keepSignedOn } from '#signin/sign-ons.store'
import { asIdentityProvider } from './addresses.ts'
import { answer, attributesOf, nameOf, refusal } from './answer.ts'
import { isEnough } from './contexts.ts'
import { pairwiseName, publishedCertificates, signingKey } from './keys.ts'
import { keysOf } from './keys.store.ts'
import { newMessageId } from './message.ts'
import { identityProviderMetadata } from './metadata.ts'
import { statuses } from './names.ts'
import { formPage, readPosted } from './post-binding.ts'
import {
  type IncomingRequest,
  readQuestion,
  type SamlApplication,
  type SamlQuestion,
} from './question.ts'
import { readRedirected } from './redirect-binding.ts'
import { newWaiting, questionMaxAgeMs } from './waiting.ts'
import { keepWaiting, readWaiting, takeWaiting } from './waiting.store.ts'
import { orRefuse, SamlFault } from './xml.ts'

export interface SamlSignOnDependencies extends SigninDependencies {
  readonly judging: JudgeOptions
}

/** What answers `samlMetadata`, `samlSignOn`, `samlSignOnPosted` and `samlAnswer` of `samlApi`. */
export function samlSignOnRoutes(
  deps: SamlSignOnDependencies,
  entrance: Entrance,
): readonly Implementation[] {
  const { store, settings, ledger } = deps
  const { origin } = settings.publicUrl
  const own = asIdentityProvider(settings.publicUrl)

  const ask = (exchange: Exchange, read: () => IncomingRequest): Promise<void> =>
    orTell(deps, entrance, exchange, noProvider, async () => {
      const { caller, now, reply } = exchange
      // Strangers may ask: one of them could push everyone else's questions out of the ring.
      if (!entrance.challenges.spend(attemptKey(caller), now)) throw tooMany()
      const question = orRefuse(() =>
        readQuestion(read(), { estate: ledger.estate, destination: own.signOnUrl, now }),
      )
      const { waiting, secret } = newWaiting(
        { ...question, purpose: 'question' },
        questionMaxAgeMs,
        sourceOf(deps, exchange),
      )
      await keepWaiting(store.db, waiting)
      reply.redirect(`${origin}${answerPath(secret)}`)
    })

  return [
    implement(samlApi.samlMetadata, async (_, { now }) => {
      const certificates = publishedCertificates(await keysOf(store.db, deps, now))
      return identityProviderMetadata({ ...own, certificates })
    }),

    implement(samlApi.samlSignOn, (_, exchange) =>
      ask(exchange, () => {
        const came = readRedirected(exchange.rawQuery)
        if (came.parameter !== 'SAMLRequest') throw new SamlFault('this is not a request')
        return came
      }),
    ),

    implement(samlApi.samlSignOnPosted, ({ body }, exchange) =>
      ask(exchange, () => {
        const { SAMLRequest: posted, RelayState: relayState } = body
        if (posted === undefined) throw new SamlFault('there is no `SAMLRequest`')
        return { text: readPosted(posted), relayState }
      }),
    ),

    implement(samlApi.samlAnswer, async ({ query }, exchange) => {
      await orTell(deps, entrance, exchange, noProvider, async () => {
        const { now, reply } = exchange
        const asked = await readWaiting(store.db, query.question, now)
        if (asked?.purpose !== 'question') throw problem('signin.expired')
        const outcome = await outcomeOf(deps, exchange, asked)
        if (outcome.kind === 'sign-in') {
          const signin = new URLSearchParams({ return: answerPath(query.question) })
          reply.redirect(`${origin}/signin?${signin.toString()}`)
          return
        }
        // Of two tabs that come for it, one gets the answer.
        if (!(await takeWaiting(store.db, query.question, now))) throw problem('signin.expired')
        const text = await written(deps, exchange, asked, outcome)
        const { html, contentSecurityPolicy } = formPage({
          action: asked.acsUrl,
          parameter: 'SAMLResponse',
          text,
          relayState: asked.relayState,
          nonce: newSecret(sourceOf(deps, exchange)),
        })
        reply.page(html, contentSecurityPolicy)
      })
    }),
  ]
}

const noProvider = { provider: '' }

function answerPath(secret: string): string {
  return `${samlApi.samlAnswer.path}?question=${secret}`
}

type Outcome =
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'refused'; readonly codes: readonly string[] }
  | {
      readonly kind: 'signed-on'
      readonly session: Session
      readonly person: Person
      readonly to: SamlApplication
    }

/** What becomes of a question now. The decision is on record before it is told. */
async function outcomeOf(
  { ledger, judging, settings }: SamlSignOnDependencies,
  { caller, now }: Exchange,
  asked: SamlQuestion,
): Promise<Outcome> {
  const { estate } = ledger
  const application = estate.get('application', asked.application)
  // What was registered when it asked may be gone, or another address, by now.
  if (application?.signOn?.kind !== 'saml') throw problem('signin.expired')
  const { signOn } = application
  if (!signOn.assertionConsumers.some(({ url }) => url === asked.acsUrl)) {
    throw problem('signin.expired')
  }
  if (asked.isOtherName) return refused(statuses.requester, statuses.invalidNameIdPolicy)
  const again: Outcome = asked.isPassive
    ? refused(statuses.responder, statuses.noPassive)
    : { kind: 'sign-in' }
  const session = sessionOf(caller)
  if (!session || caller.kind !== 'visitor') return again
  const { method, observedAt } = session.authentication
  const isAnew = observedAt >= asked.askedAt
  if (asked.isFresh && !isAnew) return again
  const enough = asked.context ? isEnough(method, asked.context) : 'enough'
  if (enough === 'impossible' || (enough === 'too-weak' && isAnew)) {
    return refused(statuses.responder, statuses.noAuthnContext)
  }
  if (enough === 'too-weak') return again

  const { method: httpMethod, path } = samlApi.samlAnswer
  const decided = await decideSignOn(
    {
      application: application.id,
      session: session.id,
      protocol: 'saml',
      method: httpMethod,
      host: settings.publicUrl.hostname,
      path,
      address: caller.address,
      now,
    },
    judging,
  )
  switch (decided.kind) {
    case 'ended':
    case 'step-up':
      return again
    case 'deny':
      return refused(statuses.responder, statuses.requestDenied)
    case 'allow': {
      const person = estate.get('person', decided.session.person)
      if (!person) return again
      return { kind: 'signed-on', session: decided.session, person, to: { application, signOn } }
    }
  }
}

function refused(...codes: readonly string[]): Outcome {
  return { kind: 'refused', codes }
}

/** The text of the answer; that someone is signed on is remembered before it is given. */
async function written(
  deps: SamlSignOnDependencies,
  exchange: Exchange,
  { id: inResponseTo, acsUrl: destination }: SamlQuestion,
  outcome: Exclude<Outcome, { readonly kind: 'sign-in' }>,
): Promise<string> {
  const { store, settings } = deps
  const { caller, now } = exchange
  const keyring = await keysOf(store.db, deps, now)
  const key = signingKey(keyring)
  const { entityId: issuer } = asIdentityProvider(settings.publicUrl)
  const head = { id: newMessageId(deps), issuer, destination, now, inResponseTo }
  if (outcome.kind === 'refused') return refusal(head, outcome.codes, key)

  const { session, person, to } = outcome
  const { application, signOn } = to
  const whose = { application: application.id, person: person.id }
  const nameId = nameOf(person, signOn, pairwiseName(keyring, whose), issuer)
  if (!nameId) return refusal(head, [statuses.responder, statuses.invalidNameIdPolicy], key)
  const sessionIndex = newMessageId(deps)
  await keepSignedOn(store.db, {
    session: session.id,
    application: application.id,
    protocol: 'saml',
    person: person.id,
    sid: sessionIndex,
    scope: '',
    address: caller.kind === 'visitor' ? caller.address : '',
    at: now,
  })
  return answer(
    {
      ...head,
      assertionId: newMessageId(deps),
      audience: signOn.entityId,
      nameId,
      sessionIndex,
      session,
      attributes: attributesOf(person, signOn),
    },
    key,
  )
}
