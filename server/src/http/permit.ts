// The product protects itself with itself: whether a caller may use a route is a question to the
// same policies, and the answer to a question that changes something is recorded before its effect.
import { ownApplication, type Permission } from '@countersign/contract/actions'
import { uid } from '@countersign/contract/entities'
import type { Question } from '@countersign/contract/estate'
import { problem } from '@countersign/contract/problems'
import type { Subject } from '@countersign/contract/request'
import type { Route, RoutePermission } from '@countersign/contract/route'
import { operatorWorkload } from '#policies/names'
import type { Caller } from './caller.ts'
import { judged, type JudgeOptions } from './judged.ts'

export interface PermitOptions extends JudgeOptions {
  /** The host of the console, for callers who did not ask for one. */
  readonly consoleHost: string
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
  options: PermitOptions,
): Promise<void> {
  const subject = subjectOf(caller)
  const question: Question = {
    subject,
    action: permission,
    resource: uid('application', ownApplication),
    circumstances: {
      protocol: 'api',
      method: route.method,
      host: caller.kind === 'visitor' ? caller.host : options.consoleHost,
      path,
      address: caller.kind === 'visitor' ? caller.address : '127.0.0.1',
    },
    now,
  }
  const isChange = route.method !== 'GET'
  const { verdict, id, explanation, remedies } = await judged(question, options, {
    isRecorded: isChange,
  })
  const extensions = {
    ...(isChange ? { decision: id } : {}),
    because: explanation,
    ...(remedies === undefined ? {} : { remedies }),
  }
  switch (verdict) {
    case 'allow':
      return
    case 'step-up':
      throw problem('access.step_up_required', undefined, extensions)
    case 'deny':
      if (subject.kind === 'anonymous') throw problem('access.sign_in_required')
      throw problem('access.denied', `\`${permission}\` is not allowed to you`, extensions)
  }
}

function subjectOf(caller: Exclude<Caller, { kind: 'gateway' }>): Subject {
  return caller.kind === 'operator' ? { kind: 'workload', id: operatorWorkload } : caller.subject
}

function refuse(): never {
  throw problem(
    'access.denied',
    'this address answers only enrolled gateways; open the console at its public address',
  )
}
