// Puts one case before the official engine, the compiled engine and the reference evaluator. They
// must agree on the decision, the reasons and the erring policies, or on refusing the data.
import { compilePolicies, decide } from '../src/engine.ts'
import type { Answer } from '../src/engine.ts'
import { EntityStore } from '../src/entities.ts'
import { DataError } from '../src/json.ts'
import { decideByReference } from '../src/reference.ts'
import { readSchema } from '../src/schema.ts'
import type { EstPolicy, PolicySyntax, TemplateSyntax } from '../src/syntax.ts'
import { linkTemplate } from '../src/template.ts'
import { printPolicy } from './cases.ts'
import type { Case, PolicyCase } from './cases.ts'
import { smaller } from './expressions.ts'
import { official, plainOfficial, withRawLongs } from './official.ts'

export interface Tally {
  comparisons: number
  allows: number
  denies: number
  refused: number
  erring: number
}

export function emptyTally(): Tally {
  return { comparisons: 0, allows: 0, denies: 0, refused: 0, erring: 0 }
}

/** What the engines disagree on, or `undefined`. */
export function difference(given: Case, tally: Tally): string | undefined {
  const syntax = given.policies.flatMap(toSyntax)
  const theirs = askOfficial(given)
  const ours = askOurs(given, syntax)
  for (const [index, query] of given.queries.entries()) {
    const [mine, expected] = [ours[index], theirs[index]]
    tally.comparisons += 1
    if (expected === undefined || expected.startsWith('refused')) tally.refused += 1
    else tally[expected.startsWith('allow') ? 'allows' : 'denies'] += 1
    if (expected?.includes('errors: p')) tally.erring += 1
    if (mine?.startsWith('refused') && expected?.startsWith('refused')) continue
    if (mine !== expected) {
      return `${show(query)}\nofficial: ${expected}\nours:     ${mine}`
    }
  }
  return undefined
}

/** A smallest case that still shows a difference, found greedily. */
export function shrink(given: Case): Case {
  const fails = (candidate: Case): boolean => {
    try {
      return difference(candidate, emptyTally()) !== undefined
    } catch {
      return false
    }
  }
  let best = given
  let rounds = 2000
  for (let improved = true; improved;) {
    improved = false
    for (const candidate of smallerCases(best)) {
      rounds -= 1
      if (rounds < 0) return best
      if (!fails(candidate)) continue
      best = candidate
      improved = true
      break
    }
  }
  return best
}

/** A case as a report shows it. */
export function showCase(given: Case): string {
  return [
    ...given.policies.map(
      (policy) => `// ${policy.id} ${show(policy.links)}\n${printPolicy(policy)}`,
    ),
    ...given.entities.map(show),
    ...given.queries.map(show),
    ...(given.schema === undefined ? [] : [show(given.schema)]),
  ].join('\n')
}

function* smallerCases(given: Case): Generator<Case> {
  for (const query of given.queries) {
    if (given.queries.length > 1) yield { ...given, queries: [query] }
  }
  for (const [index, policy] of given.policies.entries()) {
    yield { ...given, policies: given.policies.toSpliced(index, 1) }
    if (policy.links.length > 1) {
      yield {
        ...given,
        policies: given.policies.with(index, { ...policy, links: policy.links.slice(1) }),
      }
    }
  }
  for (const index of given.entities.keys()) {
    yield { ...given, entities: given.entities.toSpliced(index, 1) }
  }
  for (const [index, policy] of given.policies.entries()) {
    for (const [at, clause] of policy.conditions.entries()) {
      const replaced = (conditions: PolicyCase['conditions']): Case => ({
        ...given,
        policies: given.policies.with(index, { ...policy, conditions }),
      })
      yield replaced(policy.conditions.toSpliced(at, 1))
      for (const body of smaller(clause.body)) {
        yield replaced(policy.conditions.with(at, { ...clause, body }))
      }
    }
  }
}

export function toSyntax(policy: PolicyCase): PolicySyntax[] {
  const text = printPolicy(policy)
  const answer = official((cedar) =>
    policy.slots.length === 0 ? cedar.policyToJson(text) : cedar.templateToJson(text),
  )
  if (answer.type !== 'success') throw new Error(`${text}\n${answer.errors[0]?.message}`)
  const template: TemplateSyntax = {
    id: policy.id,
    text,
    annotations: {},
    est: answer.json as EstPolicy,
    span: { line: 1, column: 1, offset: 0, length: text.length },
    stage: { kind: 'enforce' },
    slots: [...new Set(policy.slots)],
  }
  if (policy.slots.length === 0) return [template]
  return policy.links.map((values, index) =>
    linkTemplate(template, { id: `${policy.id}.${index}`, values }),
  )
}

function askOfficial(given: Case): string[] {
  const cedar = plainOfficial
  const plain = given.policies.filter(({ slots }) => slots.length === 0)
  const templates = given.policies.filter(({ slots }) => slots.length > 0)
  const parsed = cedar.preparsePolicySet('p', {
    staticPolicies: Object.fromEntries(plain.map((each) => [each.id, printPolicy(each)])),
    templates: Object.fromEntries(templates.map((each) => [each.id, printPolicy(each)])),
    templateLinks: templates.flatMap(({ id, links }) =>
      links.map((values, index) => ({ templateId: id, newId: `${id}.${index}`, values })),
    ),
  })
  if (parsed.type === 'failure') throw new Error(show(parsed.errors))
  if (given.schema !== undefined) {
    const read = cedar.preparseSchema('s', given.schema as SchemaArgument)
    if (read.type === 'failure') throw new Error(show(read.errors))
  }
  const entities = withRawLongs(given.entities) as Call['entities']
  return given.queries.map((query) => {
    const { decision, diagnostics, refusal } = authorize({
      ...query,
      context: withRawLongs(query.context) as Call['context'],
      preparsedPolicySetId: 'p',
      ...(given.schema === undefined ? {} : { preparsedSchemaName: 's', validateRequest: true }),
      entities,
    })
    if (refusal !== undefined) return `refused: ${refusal}`
    return showAnswer({
      effect: decision,
      determining: diagnostics.reason,
      errors: diagnostics.errors.map(({ policyId }) => ({ policy: policyId, message: '' })),
    })
  })
}

type Call = Parameters<typeof plainOfficial.statefulIsAuthorized>[0]
type SchemaArgument = Parameters<typeof plainOfficial.preparseSchema>[1]

function authorize(call: Call) {
  const answer = plainOfficial.statefulIsAuthorized(call)
  return answer.type === 'success'
    ? { ...answer.response, refusal: undefined }
    : {
        decision: 'deny' as const,
        diagnostics: { reason: [], errors: [] },
        refusal: answer.errors[0]?.message ?? '',
      }
}

function askOurs(given: Case, syntax: readonly PolicySyntax[]): string[] {
  const compiled = compilePolicies(syntax)
  const store = orRefusal(() => {
    const schema = given.schema === undefined ? undefined : readSchema(given.schema)
    return EntityStore.load(given.entities, schema)
  })
  return given.queries.map((query) => {
    if (typeof store === 'string') return store
    return orRefusal(() => {
      const answer = showAnswer(decide(compiled, store, query).effective)
      const reference = showAnswer(decideByReference(syntax, store, query))
      return answer === reference ? answer : `compiled ${answer} but reference ${reference}`
    })
  })
}

function orRefusal<T>(ask: () => T): T | string {
  try {
    return ask()
  } catch (error) {
    if (error instanceof DataError) return `refused: ${error.message}`
    throw error
  }
}

function showAnswer({ effect, determining, errors }: Answer): string {
  const erring = errors.map(({ policy }) => policy)
  return `${effect} because: ${[...determining].sort().join(' ')} errors: ${erring.sort().join(' ')}`
}

function show(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? `${member}n` : member,
  )
}

export type { Case }
