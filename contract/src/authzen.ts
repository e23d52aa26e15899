// The words of the OpenID AuthZEN Authorization API 1.0. What is not known here is ignored, as it asks.
import { z } from 'zod'

const nameMaxCharacters = 256
const text = z.string().min(1).max(nameMaxCharacters)
const properties = z.record(z.string().max(nameMaxCharacters), z.unknown()).optional()

const entity = z.object({ type: text, id: text, properties })
const action = z.object({ name: text, properties })
/** What is known about the moment: of these a policy sees what it has words for. */
const context = z
  .object({
    /** The client's address, IPv4 or IPv6 text. */
    address: z.union([z.ipv4(), z.ipv6()]).optional(),
    method: z.string().max(32).optional(),
    host: z.string().max(253).optional(),
    path: z.string().max(8_192).optional(),
  })
  .optional()

export const evaluationRequest = z.object({ subject: entity, action, resource: entity, context })
export type EvaluationRequest = z.infer<typeof evaluationRequest>
export type EvaluationContext = EvaluationRequest['context']

/** Evaluations in one request. */
const evaluationsMaxCount = 100

/** A batch: each item takes the place of the defaults beside it, member by member. */
export const evaluationsRequest = z.object({
  subject: z.unknown().optional(),
  action: z.unknown().optional(),
  resource: z.unknown().optional(),
  context: z.unknown().optional(),
  evaluations: z.array(z.record(z.string(), z.unknown())).max(evaluationsMaxCount).optional(),
  options: z
    .object({
      evaluations_semantic: z
        .enum(['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'])
        .optional(),
    })
    .optional(),
})

const pageMaxItems = 500
const page = z
  .object({
    token: z.string().max(2_048).optional(),
    limit: z.int().min(1).max(pageMaxItems).optional(),
  })
  .optional()
const typeOnly = z.object({ type: text })

export const subjectSearch = z.object({
  subject: typeOnly,
  action,
  resource: entity,
  context,
  page,
})
export const resourceSearch = z.object({
  subject: entity,
  action,
  resource: typeOnly,
  context,
  page,
})
export const actionSearch = z.object({ subject: entity, resource: entity, context, page })

/** Where each part of the API is, by its name in the metadata. */
export const authzenEndpoints = {
  access_evaluation_endpoint: '/access/v1/evaluation',
  access_evaluations_endpoint: '/access/v1/evaluations',
  search_subject_endpoint: '/access/v1/search/subject',
  search_resource_endpoint: '/access/v1/search/resource',
  search_action_endpoint: '/access/v1/search/action',
} as const
export const authzenMetadataPath = '/.well-known/authzen-configuration'
