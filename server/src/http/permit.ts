// The product protects itself with itself: whether a caller may use a route is a question to the
// same policies, and the answer to a question that changes something is recorded before its effect.
import { ownApplication, type Permission } from '@countersign/contract/actions'
import type { DecisionRecord } from '@countersign/contract/decision'
import { uid } from '@countersign/contract/entities'
import type { Estate, Judgement, Question } from '@countersign/contract/estate'
import { type IdSource, newId } from '@countersign/contract/ids'
import { problem } from '@countersign/contract/problems'
import type { Subject } from '@countersign/contract/request'
import type { Route, RoutePermission } from '@countersign/contract/route'
import { operatorWorkload } from '#policies/names'
import { meaningOf } from '#store/fault'
import type { Caller } from './caller.ts'

export interface PermitOptions {
  readonly estate: Estate
  readonly ids: IdSource
  /** Keeps the record; resolves once it is kept. */
  readonly keep: (record: DecisionRecord) => Promise<void>
  /** The host of the console, for callers who did not ask for one. */
  readonly consoleHost: string
  /** A clock that only measures, in nanoseconds. */
  readonly clockNs: () => bigint
}

export interface Request {
  readonly route: Route
  readonly caller: Caller | undefined
  /** Without the query. */
  readonly path: string
  readonly now: number
}

/**
 * Lets a caller pass, or not.
 * @returns the caller, now certain.
 * @throws Problem where they may not pass.
 */
export async function permit(request: Request, options: PermitOptions): Promise<Caller> {
  const { route, caller } = request
  const { permission } = route
  if (isAdministrative(permission)) {
    if (!caller || caller.kind === 'gateway') return refuse()
    await administer(permission, caller, request, options)
    return caller
  }
  switch (permission) {
    case 'open':
      return caller ?? refuse()
    case 'gateway':
      if (caller?.kind !== 'gateway') throw problem('networks.gateway_not_enrolled')
      return caller
    case 'self':
      if (!caller || caller.kind === 'gateway') return refuse()
      if (caller.kind === 'operator' || caller.subject.kind !== 'person') {
        throw problem('access.sign_in_required')
      }
      return caller
  }
}

/** Whether a permission is an action on Countersign itself, which policies decide. */
export function isAdministrative(
  permission: RoutePermission,
): permission is Permission | 'connect' {
  return permission !== 'open' && permission !== 'self' && permission !== 'gateway'
}

async function administer(
  permission: Permission | 'connect',
  caller: Exclude<Caller, { kind: 'gateway' }>,
  { route, path, now }: Request,
  { estate, ids, keep, consoleHost, clockNs }: PermitOptions,
): Promise<void> {
  const resource = uid('application', ownApplication)
  const subject = subjectOf(caller)
  const startedNs = clockNs()
  const question: Question = {
    subject,
    action: permission,
    resource,
    circumstances: {
      protocol: 'api',
      method: route.method,
      host: caller.kind === 'visitor' ? caller.host : consoleHost,
      path,
      address: caller.kind === 'visitor' ? caller.address : '127.0.0.1',
    },
    now,
  }
  const judgement = estate.judge(question)
  const tookNs = Number(clockNs() - startedNs)
  const explanation =
    judgement.verdict === 'allow' ? [] : estate.explain(judgement, permission, resource)
  const remedies = estate.remedies(judgement, question)
  const id = newId('decision', ids)
  if (route.method !== 'GET') {
    await keepOrRefuse(keep, {
      id,
      at: now,
      gateway: 'server',
      ...principalName(estate, subject),
      ...recorded(judgement),
      action: permission,
      resource,
      resourceName: estate.get('application', ownApplication)?.name ?? ownApplication,
      explanation: [...explanation],
      ...(remedies === undefined ? {} : { remedies }),
      tookNs,
    })
  }
  const extensions = {
    ...(route.method === 'GET' ? {} : { decision: id }),
    because: explanation,
    ...(remedies === undefined ? {} : { remedies }),
  }
  switch (judgement.verdict) {
    case 'allow':
      return
    case 'step-up':
      throw problem('access.step_up_required', undefined, extensions)
    case 'deny':
      if (subject.kind === 'anonymous') throw problem('access.sign_in_required')
      throw problem('access.denied', `\`${permission}\` is not allowed to you`, extensions)
  }
}

async function keepOrRefuse(keep: PermitOptions['keep'], record: DecisionRecord): Promise<void> {
  try {
    await keep(record)
  } catch (error) {
    if (meaningOf(error) === 'unavailable') throw error
    throw Object.assign(problem('access.not_recorded'), { cause: error })
  }
}

function subjectOf(caller: Exclude<Caller, { kind: 'gateway' }>): Subject {
  return caller.kind === 'operator' ? { kind: 'workload', id: operatorWorkload } : caller.subject
}

function recorded(
  judgement: Judgement,
): Pick<
  DecisionRecord,
  'principal' | 'verdict' | 'effective' | 'wouldBe' | 'context' | 'release' | 'sequence'
> {
  const { principal, verdict, decision, context, release, sequence } = judgement
  return {
    principal,
    verdict,
    effective: answer(decision.effective),
    wouldBe: answer(decision.wouldBe),
    context,
    release,
    sequence,
  }
}

function answer({
  effect,
  determining,
  errors,
}: Judgement['decision']['effective']): DecisionRecord['effective'] {
  return { effect, determining: [...determining], errors: [...errors] }
}

function principalName(
  estate: Estate,
  subject: Subject,
): Pick<DecisionRecord, 'principalName' | 'session'> {
  switch (subject.kind) {
    case 'anonymous':
      return {}
    case 'person': {
      const name = estate.get('person', subject.session.person)?.name
      return { ...(name === undefined ? {} : { principalName: name }), session: subject.session.id }
    }
    case 'workload': {
      const name = estate.get('workload', subject.id)?.name
      return name === undefined ? {} : { principalName: name }
    }
  }
}

function refuse(): never {
  throw problem(
    'access.denied',
    'this address answers only enrolled gateways; open the console at its public address',
  )
}
