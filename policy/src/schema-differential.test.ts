// Whether data obeys a schema is Cedar's to say: the official engine and this one must accept and
// refuse the same schemas, entities and questions.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { official, plainOfficial, withRawLongs } from '../fuzz/official.ts'
import { Random } from '../fuzz/random.ts'
import { SchemaData, randomSchema } from '../fuzz/schema-cases.ts'
import { compilePolicies, decide } from './engine.ts'
import type { Query } from './engine.ts'
import { EntityStore } from './entities.ts'
import { DataError, detached, recordFromJson } from './json.ts'
import { readSchema } from './schema.ts'
import type { Schema, SchemaJson } from './schema.ts'
import { typedRecordFromJson } from './typed-json.ts'
import { RecordValue } from './values.ts'

const SCHEMAS = 150
const ROUNDS = 12
const NO_POLICIES = compilePolicies([])

type Cedar = typeof plainOfficial
type SchemaArgument = Parameters<Cedar['preparseSchema']>[1]
type Call = Parameters<Cedar['statefulIsAuthorized']>[0]

function isRead(read: () => object): boolean {
  return orUndefined(read) !== undefined
}

/** The schema through Cedar's own schema language and back. */
function throughText(json: SchemaJson): SchemaJson {
  const text = plainOfficial.schemaToText(json as SchemaArgument)
  assert.ok(text.type === 'success')
  const back = official((cedar) => cedar.schemaToJsonWithResolvedTypes(text.text))
  assert.ok(back.type === 'success', JSON.stringify(back))
  return back.json
}

function isAskable(query: Query): boolean {
  const answer = plainOfficial.statefulIsAuthorized({
    principal: query.principal,
    action: query.action,
    resource: query.resource,
    context: withRawLongs(query.context) as Call['context'],
    entities: [],
    preparsedPolicySetId: 'none',
    preparsedSchemaName: 'schema',
    validateRequest: true,
  })
  return answer.type === 'success'
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each))
}

test('schemas, entities and questions are accepted and refused as by the official engine', () => {
  const parsed = plainOfficial.preparsePolicySet('none', { staticPolicies: {} })
  assert.equal(parsed.type, 'success')
  const tally = { schemas: 0, badSchemas: 0, entities: 0, badEntities: 0, questions: 0, bad: 0 }
  for (let seed = 1; seed <= SCHEMAS; seed += 1) {
    const random = new Random(seed)
    const json = randomSchema(random)
    const isLegal = plainOfficial.preparseSchema('schema', json as SchemaArgument)
    assert.equal(
      isRead(() => readSchema(json)),
      isLegal.type === 'success',
      `seed ${seed}: ${show(isLegal)}\n${show(json)}`,
    )
    tally.schemas += 1
    if (isLegal.type === 'failure') {
      tally.badSchemas += 1
      continue
    }
    const schema = readSchema(json)
    const spoken = readSchema(throughText(json))
    const data = new SchemaData(random, schema)
    for (let round = 0; round < ROUNDS; round += 1) {
      const entities = data.entities()
      const query = data.query()
      const call = {
        entities: withRawLongs(entities) as Call['entities'],
        schema: json as SchemaArgument,
      }
      const theirs = plainOfficial.checkParseEntities(call)
      for (const each of [schema, spoken]) {
        assert.equal(
          isRead(() => EntityStore.load(entities, each)),
          theirs.type === 'success',
          `seed ${seed}: ${show(theirs)}\n${show(entities)}\n${show(json)}`,
        )
      }
      tally.entities += 1
      if (theirs.type === 'failure') tally.badEntities += 1
      const isAsked = isAskable(query)
      for (const each of [schema, spoken]) {
        const store = EntityStore.load([], each)
        assert.equal(
          isRead(() => decide(NO_POLICIES, store, query)),
          isAsked,
          `seed ${seed}: ${show(query)}\n${show(json)}`,
        )
        checkBuiltBeforehand(store, query, each)
      }
      tally.questions += 1
      if (!isAsked) tally.bad += 1
    }
  }
  for (const [what, count] of Object.entries(tally)) {
    assert.ok(count > 30, `only ${count} ${what} in ${JSON.stringify(tally)}`)
  }
})

// A context that was read beforehand is judged as its text is; read without the schema, it has no
// plain text that stands for an address.
function checkBuiltBeforehand(store: EntityStore, query: Query, schema: Schema): void {
  const { context } = query
  const type = schema.action(query.action)?.context
  if (type === undefined || context instanceof RecordValue) return
  const isAllowed = (given: Query['context']): boolean =>
    isRead(() => decide(NO_POLICIES, store, { ...query, context: given }))
  const typed = orUndefined(() => typedRecordFromJson(context, type, schema, detached, 'context'))
  if (typed !== undefined) assert.equal(isAllowed(typed), isAllowed(context), show(query))
  const plain = orUndefined(() => recordFromJson(context))
  if (plain !== undefined && isAllowed(plain)) assert.ok(isAllowed(context), show(query))
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof DataError) return undefined
    throw error
  }
}
