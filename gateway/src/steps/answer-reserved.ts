// The gateway keeps one corner of every host for itself: the end of a sign-in, and the keys with
// which applications check what we assert. Nothing there ever reaches an application.
import { ApiError } from '@countersign/contract/client'
import { problem } from '@countersign/contract/problems'
import {
  callbackPath,
  callbackReturn,
  flowCookie,
  jwksPath,
  reservedPath,
  sessionCookie,
  tokenHash,
} from '@countersign/contract/session'
import { type Arrival, HTTP, type Informed, type Routed, type Understood } from '#exchange'
import type { Gateway } from '#gateway'
import { type Answered, answered } from '#grid'
import { ownWritesTimeoutMs } from '#limits'
import { pageHeaders } from '#refusal/layout'
import { signedInPage } from '#refusal/signed-in-page'
import { answerTunnelQuestion, isTunnelQuestion } from '#tunnel/answer-questions'
import { keySet } from '#upstream/key-set'
import { readCookie, setCookie } from '#wire/cookies'
import { flowHash, freshParameter, signedInPath, signInPath, signInReply } from './begin-sign-in.ts'
import { isPathToReturnTo } from './public-address.ts'

type Known = Arrival & Understood & Informed & Routed
type Means = Pick<Gateway, 'assertions' | 'controlPlane' | 'facts' | 'endings' | 'randomBytes'>

/** Answers what is under `/.countersign`; lets everything else pass. */
export function answerReserved(known: Known, means: Means): Promise<Answered> | Answered | void {
  const { path } = known.target
  // A case-insensitive application must not be reached by another spelling either.
  if (!`${path.toLowerCase()}/`.startsWith(reservedPath)) return undefined
  if (known.entry === HTTP && known.request.method === 'GET') {
    if (path === callbackPath) return finishSignIn(known, means)
    if (path === jwksPath) return replyWithKeys(known, means)
    if (path === signInPath) return beginSignIn(known, means)
    if (path === signedInPath) return showSignedIn(known)
    if (isTunnelQuestion(path)) return answerTunnelQuestion(known, means)
  }
  throw problem('request.not_found', 'there is nothing at this reserved address')
}

function replyWithKeys(known: Known, { assertions }: Means): Answered {
  known.answer({
    status: 200,
    headers: { 'content-type': 'application/jwk-set+json', 'cache-control': 'max-age=300' },
    body: JSON.stringify(keySet(assertions.keys, known.estate)),
  })
  return answered
}

// For whoever stays on a page and signs in beside it.
function beginSignIn(known: Known, means: Means): Answered {
  const isFresh = new URL(known.target.raw, 'http://local').searchParams.has(freshParameter)
  known.answer(signInReply(known, { returnTo: signedInPath, isFresh }, means))
  return answered
}

function showSignedIn(known: Known): Answered {
  known.answer({
    status: 200,
    headers: pageHeaders,
    body: signedInPage(known.application.name, { isSignedIn: isSignedIn(known), signInPath }),
  })
  return answered
}

// The browser that comes back must be the one that was sent out: it alone has the flow cookie,
// whose hash the code is bound to.
async function finishSignIn(known: Known, { controlPlane, facts }: Means): Promise<Answered> {
  const { request, target, authority } = known
  const { searchParams: query } = new URL(target.raw, 'http://local')
  const code = query.get('code') ?? ''
  const flow = readCookie(request.headers.cookie, flowCookie)
  if (flow === undefined && isSignedIn(known)) {
    // Another tab of this browser finished its sign-in first, and this one shares its session.
    const path = query.get(callbackReturn) ?? ''
    const location = isPathToReturnTo(path) ? path : '/'
    known.answer({ status: 303, headers: { location }, body: '' })
    return answered
  }
  if (flow === undefined || !/^[\w-]{43}$/.test(code)) {
    throw problem('signin.expired', 'this browser has not begun a sign-in here, or too long ago')
  }
  const handoff = await redeem({ code, flow, host: authority.name }, controlPlane)
  await facts.reach(handoff.sequence, ownWritesTimeoutMs)
  known.answer({
    status: 303,
    headers: {
      location: isPathToReturnTo(handoff.returnTo) ? handoff.returnTo : '/',
      'set-cookie': [
        setCookie(sessionCookie, handoff.token, { maxAgeSeconds: handoff.maxAgeSeconds }),
        setCookie(flowCookie, '', { maxAgeSeconds: 0 }),
      ],
      'referrer-policy': 'no-referrer',
    },
    body: '',
  })
  return answered
}

function isSignedIn({ request, estate, authority, now }: Known): boolean {
  const token = readCookie(request.headers.cookie, sessionCookie)
  return (
    token !== undefined && estate.subjectOf(tokenHash(token), authority.name, now).kind === 'person'
  )
}

async function redeem(
  { code, flow, host }: { readonly code: string; readonly flow: string; readonly host: string },
  controlPlane: Means['controlPlane'],
) {
  try {
    return await controlPlane.handoff({ code, host, flow: flowHash(flow) })
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) {
      throw problem('signin.expired', 'this sign-in was used already or has expired')
    }
    throw problem(
      'upstream.unreachable',
      'the control plane does not answer, so nobody can sign in',
    )
  }
}
