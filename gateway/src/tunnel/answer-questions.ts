// What `countersign connect` asks besides tunnels: which there are, and why one ended. The token
// that opens tunnels answers for itself here; it counts at no other address.
import type { DecisionRecord } from '@countersign/contract/decision'
import type { Release } from '@countersign/contract/documents'
import { uid } from '@countersign/contract/entities'
import { problem } from '@countersign/contract/problems'
import type { Subject } from '@countersign/contract/request'
import {
  type TunnelEnding,
  type TunnelList,
  tunnelsPath,
  type TunnelWords,
} from '@countersign/contract/tunnel'
import type { Arrival, Informed, Understood } from '#exchange'
import type { Gateway } from '#gateway'
import { type Answered, answered } from '#grid'
import { consoleHost } from '#steps/public-address'
import { presentedToken } from './bearer.ts'
import { destinationOf } from './destination.ts'
import type { Ending } from './endings.ts'
import { wordsOf } from './words.ts'

type Known = Arrival & Understood & Informed

/** Whether a path is one of these questions. */
export function isTunnelQuestion(path: string): boolean {
  return path === tunnelsPath || path.startsWith(`${tunnelsPath}/`)
}

/** Answers a question about tunnels, at the console's host alone. */
export async function answerTunnelQuestion(
  known: Known,
  { endings }: Pick<Gateway, 'endings'>,
): Promise<Answered> {
  const { request, authority, enrolment, target, estate, now } = known
  const host = consoleHost(enrolment)
  if (authority.name !== host) throw problem('request.not_found', 'ask this at the console’s host')
  const presented = presentedToken(request)
  if (presented === undefined) throw problem('access.sign_in_required')
  if (target.path === tunnelsPath) {
    const subject = estate.subjectOf(presented, host, now, 'tunnel')
    if (subject.kind !== 'person') throw problem('access.sign_in_required')
    return answer(known, tunnelsOf(known, subject))
  }
  const ending = await endings.find(target.path.slice(tunnelsPath.length + 1), presented, now)
  if (!ending) {
    throw problem(
      'request.not_found',
      'nothing is remembered of this tunnel: one of its sides closed it, or the gateway was started anew',
    )
  }
  return answer(known, await endingText(ending, known))
}

function answer(known: Known, body: TunnelList | TunnelEnding): Answered {
  known.answer({
    status: 200,
    headers: { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' },
    body: JSON.stringify(body),
  })
  return answered
}

// What somebody may not reach, and no fresh sign-in would open, they are not told of.
function tunnelsOf({ estate, address, now }: Known, subject: Subject): TunnelList {
  const tunnels = estate.all('application').flatMap((application) => {
    const [host] = application.hosts
    const destination = destinationOf(application)
    if (host === undefined || !destination) return []
    const { verdict } = estate.judge({
      subject,
      action: 'connect',
      resource: uid('application', application.id),
      circumstances: { protocol: 'tunnel', method: 'CONNECT', host, path: '', address },
      now,
    })
    if (verdict === 'deny') return []
    const { id, name, description } = application
    return {
      application: id,
      name,
      ...(description === undefined ? {} : { description }),
      host,
      port: destination.port,
      verdict,
    }
  })
  return { tunnels: tunnels.sort((left, right) => (left.name < right.name ? -1 : 1)) }
}

async function endingText({ why, at, record }: Ending, { estate }: Known): Promise<TunnelEnding> {
  switch (why) {
    case 'access-ended': {
      const recorded = await record
      return recorded
        ? { why, at, decision: recorded.id, ...accessEnded(recorded, estate.release) }
        : { why, at, ...unsaid.undecided }
    }
    case 'idle':
    case 'expired':
    case 'stopping':
    case 'broken':
      return { why, at, ...unsaid[why] }
    case 'closed':
      throw problem('request.not_found', 'this tunnel was closed by its sides')
  }
}

function accessEnded(record: DecisionRecord, release: Release | undefined): TunnelWords {
  // Whoever the session is no longer counts for is not told what policies say to others.
  return record.principal.type === 'Anonymous' ? unsaid.signedOut : wordsOf(record, release)
}

const unsaid: Readonly<
  Record<Exclude<TunnelEnding['why'], 'access-ended'> | 'undecided' | 'signedOut', TunnelWords>
> = {
  undecided: {
    reasons: ['The gateway could no longer decide: it has not heard from the control plane.'],
    nextSteps: ['Try again in a moment; if it persists, tell the operator.'],
  },
  signedOut: {
    reasons: ['The sign-in that opened it counts no more: it ended, or the account was closed.'],
    nextSteps: ['Sign in again with `countersign connect --sign-in`.'],
  },
  idle: {
    reasons: ['Nothing passed through it for too long.'],
    nextSteps: ['Connect again; have the program send keep-alives if it must stay silent.'],
  },
  expired: {
    reasons: ['It was open for as long as a tunnel may be.'],
    nextSteps: ['Connect again.'],
  },
  stopping: {
    reasons: ['The gateway was stopped.'],
    nextSteps: ['Connect again when it is back.'],
  },
  broken: {
    reasons: ['One of its sides broke off without saying so.'],
    nextSteps: ['Connect again; if it persists, ask the owner of the application.'],
  },
}
