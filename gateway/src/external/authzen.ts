// The OpenID AuthZEN Authorization API 1.0: other programs ask what the policies say. An evaluation
// is a decision like every other, so it is on record before it is answered. A search is none: nobody
// is let in by it.
import {
  actionSearch,
  authzenEndpoints,
  evaluationRequest,
  evaluationsRequest,
  resourceSearch,
  subjectSearch,
} from '@countersign/contract/authzen'
import { newId } from '@countersign/contract/ids'
import { problem } from '@countersign/contract/problems'
import type { z } from 'zod'
import { toRecord } from '#decisions/record'
import type { Informed } from '#exchange'
import type { Gateway } from '#gateway'
import { requireFacts } from '#steps/require-facts'
import { requireFreshness } from '#steps/require-freshness'
import { actionsOn, idsOf, questionOf } from './authzen-question.ts'
import { pageOf } from './authzen-page.ts'

type Means = Pick<
  Gateway,
  'clock' | 'randomBytes' | 'facts' | 'enrolment' | 'decisions' | 'metrics'
>

interface Evaluation {
  readonly decision: boolean
  readonly context: Readonly<Record<string, unknown>>
}

/** Answers one call. Throws a problem where the call itself is wrong or nothing can be decided. */
export type Endpoint = (body: unknown, means: Means) => Promise<object>

/** The API by path. */
export const authzen: Readonly<Record<string, Endpoint>> = {
  [authzenEndpoints.access_evaluation_endpoint]: (body, means) => evaluateOne(body, means),
  [authzenEndpoints.access_evaluations_endpoint]: (body, means) => evaluateMany(body, means),
  [authzenEndpoints.search_subject_endpoint]: async (body, means) => {
    const { page, ...asked } = parsed(subjectSearch, body)
    const { type } = asked.subject
    return search(asked, page, means, {
      ids: ({ estate }) => idsOf(type, estate),
      request: (id) => ({ ...asked, subject: { type, id } }),
      result: (id) => ({ type, id }),
    })
  },
  [authzenEndpoints.search_resource_endpoint]: async (body, means) => {
    const { page, ...asked } = parsed(resourceSearch, body)
    const { type } = asked.resource
    return search(asked, page, means, {
      ids: ({ estate }) => idsOf(type, estate),
      request: (id) => ({ ...asked, resource: { type, id } }),
      result: (id) => ({ type, id }),
    })
  },
  [authzenEndpoints.search_action_endpoint]: async (body, means) => {
    const { page, ...asked } = parsed(actionSearch, body)
    return search(asked, page, means, {
      ids: () => [...actionsOn(asked.resource.type, asked.subject.type)].sort(),
      request: (name) => ({ ...asked, action: { name } }),
      result: (name) => ({ name }),
    })
  },
}

async function evaluateOne(body: unknown, means: Means): Promise<Evaluation> {
  return evaluate(parsed(evaluationRequest, body), informed(means), means)
}

async function evaluateMany(body: unknown, means: Means): Promise<object> {
  const { evaluations, options, ...defaults } = parsed(evaluationsRequest, body)
  // Without items it is the same as one evaluation (AuthZEN §7.1).
  if (!evaluations || evaluations.length === 0) return evaluateOne(body, means)
  const semantic = options?.evaluations_semantic ?? 'execute_all'
  const known = informed(means)
  const done: Evaluation[] = []
  for (const item of evaluations) {
    const one = await evaluateItem({ ...defaults, ...item }, known, means)
    done.push(one)
    if (semantic === 'deny_on_first_deny' && !one.decision) break
    if (semantic === 'permit_on_first_permit' && one.decision) break
  }
  return { evaluations: done }
}

// One broken item is refused and says why; the others are still answered.
async function evaluateItem(item: object, known: Informed, means: Means): Promise<Evaluation> {
  const request = evaluationRequest.safeParse(item)
  return request.success
    ? evaluate(request.data, known, means)
    : { decision: false, context: { error: { status: 400, message: saying(request.error) } } }
}

async function evaluate(
  request: z.infer<typeof evaluationRequest>,
  { estate, enrolment }: Informed,
  { clock, randomBytes, decisions, metrics }: Means,
): Promise<Evaluation> {
  const question = questionOf(request, estate, clock.now())
  if (typeof question === 'string') return { decision: false, context: { reason: question } }
  const begun = clock.monotonicNs()
  const judgement = estate.judge(question)
  const tookNs = Number(clock.monotonicNs() - begun)
  metrics.decided(judgement.verdict, tookNs)
  const id = newId('decision', { now: clock.now, randomBytes })
  const { session, ...record } = toRecord({
    id,
    gateway: enrolment.gateway,
    estate,
    question,
    judgement,
    application:
      question.resource.type === 'Application'
        ? estate.get('application', question.resource.id)
        : undefined,
    tookNs,
  })
  await decisions.append(session ? { ...record, session } : record)
  const { verdict } = judgement
  return { decision: verdict === 'allow', context: { verdict, decision: id } }
}

interface Candidates {
  readonly ids: (known: Informed) => readonly string[]
  readonly request: (id: string) => z.infer<typeof evaluationRequest>
  readonly result: (id: string) => object
}

function search(
  asked: object,
  page: { readonly token?: string | undefined; readonly limit?: number | undefined } | undefined,
  means: Means,
  { ids, request, result }: Candidates,
): object {
  const known = informed(means)
  const now = means.clock.now()
  const { found, next } = pageOf(ids(known), { asked, ...page }, (id) => {
    const question = questionOf(request(id), known.estate, now)
    return typeof question !== 'string' && known.estate.judge(question).verdict === 'allow'
  })
  return {
    results: found.map(result),
    page: { next_token: next, count: found.length },
  }
}

// Who asks in a batch, or searches, may ask about everything: the facts must be fresh enough for
// the most critical of it.
function informed(means: Means): Informed {
  const known = requireFacts(undefined, means)
  requireFreshness({ now: means.clock.now(), application: mostCritical }, means)
  return known
}

const mostCritical = { tier: 0 } as const

function parsed<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw problem('request.malformed', saying(result.error))
}

function saying({ issues: [first] }: z.ZodError): string {
  return first ? `\`${first.path.join('.')}\`: ${first.message}` : 'the body is malformed'
}
