// The form of a file of policy tests, checked before anything runs: every mistake with the path to
// it, a key that nobody knows with the keys that are known. Nothing is coerced.
import type { EntityJson, EntityUid } from './entities.ts'
import type { RecordJson } from './json.ts'
import type { JsonPath } from './lossless-json.ts'
import { Form, pathText } from './policy-tests-problems.ts'
import type { PolicyTestCase, PolicyTestFile, Verdict } from './policy-tests.ts'
import type { Change } from './remedies.ts'

const CASES_MAX = 100_000

const FILE_KEYS = ['policies', 'schema', 'entities', 'facts', 'changes', 'cases']
const CASE_KEYS = ['name', 'when', 'expect', 'strict']
const WHEN_KEYS = ['principal', 'action', 'resource', 'facts']
const EXPECT_KEYS = ['verdict', 'wouldBe', 'reasons', 'errors', 'remedies']
const ENTITY_KEYS = ['uid', 'attrs', 'parents', 'tags']
const CHANGE_KEYS = ['id', 'kind', 'context', 'joins']
const KINDS: Readonly<Record<Change['kind'], true>> = {
  authentication: true,
  device: true,
  enrolment: true,
  grant: true,
  time: true,
  other: true,
}
const VERDICTS: Readonly<Record<Verdict, true>> = { allow: true, deny: true, 'step-up': true }

/** Checks the form of a test file that was read as JSON or YAML. Throws `PolicyTestError`. */
export function readPolicyTests(json: unknown): PolicyTestFile {
  const form = new Form()
  const file = form.object(json, [], FILE_KEYS)
  const facts = form.record(file['facts'], ['facts'])
  const { entities, entityFiles } = readEntities(form, file['entities'])
  const changes = readChangeList(form, file['changes'], ['changes'])
  const read: PolicyTestFile = {
    facts,
    entities,
    entityFiles,
    changes,
    policyFiles: form.texts(file['policies'], ['policies']),
    ...(file['schema'] === undefined
      ? {}
      : { schemaFile: form.text(file['schema'], ['schema'], 'the path of a schema') }),
    cases: readCases(form, file['cases'], facts, changes),
  }
  form.finish()
  return read
}

/** Checks a list of changes, as a test file holds it. Throws `PolicyTestError`. */
export function readChanges(json: unknown): Change[] {
  const form = new Form()
  const changes = readChangeList(form, json, [])
  form.finish()
  return changes
}

/** Reads `User::"ann"` or `{type, id}`. Throws `PolicyTestError`. */
export function readUid(json: unknown, at: JsonPath): EntityUid {
  const form = new Form()
  const uid = form.uid(json, at)
  form.finish()
  return uid
}

function readEntities(form: Form, json: unknown): Pick<PolicyTestFile, 'entities' | 'entityFiles'> {
  if (typeof json === 'string') return { entities: [], entityFiles: [json] }
  const entities: EntityJson[] = []
  const entityFiles: string[] = []
  for (const [index, each] of form.listOrNone(json, ['entities']).entries()) {
    if (typeof each === 'string') entityFiles.push(each)
    else entities.push(readEntity(form, each, ['entities', index]))
  }
  return { entities, entityFiles }
}

function readEntity(form: Form, json: unknown, at: JsonPath): EntityJson {
  const body = form.object(json, at, ENTITY_KEYS)
  return {
    uid: form.uid(body['uid'], [...at, 'uid']),
    attrs: form.record(body['attrs'], [...at, 'attrs']),
    parents: form
      .listOrNone(body['parents'], [...at, 'parents'])
      .map((parent, index) => form.uid(parent, [...at, 'parents', index])),
    ...(body['tags'] === undefined ? {} : { tags: form.record(body['tags'], [...at, 'tags']) }),
  }
}

function readChangeList(form: Form, json: unknown, at: JsonPath): Change[] {
  const ids = new Set<string>()
  return form.listOrNone(json, at).map((each, index) => {
    const change = readChange(form, each, [...at, index])
    if (ids.has(change.id))
      form.report([...at, index, 'id'], `two changes are called \`${change.id}\``)
    ids.add(change.id)
    return change
  })
}

function readChange(form: Form, json: unknown, at: JsonPath): Change {
  const body = form.object(json, at, CHANGE_KEYS)
  const context = form.record(body['context'], [...at, 'context'])
  const joins = form.listOrNone(body['joins'], [...at, 'joins']).map((each, index) => {
    const place = [...at, 'joins', index]
    const join = form.object(each, place, ['entity', 'group'])
    return {
      entity: form.uid(join['entity'], [...place, 'entity']),
      group: form.uid(join['group'], [...place, 'group']),
    }
  })
  if (isEmpty(body['context']) && isEmpty(body['joins'])) {
    form.report(at, 'this changes nothing: give `context`, `joins` or both')
  }
  return {
    id: form.text(body['id'], [...at, 'id'], 'a name for the change'),
    kind: form.choice(body['kind'], [...at, 'kind'], KINDS) ?? 'other',
    ...(body['context'] === undefined ? {} : { context }),
    ...(body['joins'] === undefined ? {} : { joins }),
  }
}

function readCases(
  form: Form,
  json: unknown,
  facts: RecordJson,
  changes: readonly Change[],
): PolicyTestCase[] {
  const cases = form.list(json, ['cases'])
  // A file that tests nothing would pass for ever.
  if (Array.isArray(json) && cases.length === 0) form.report(['cases'], 'there are no cases')
  if (cases.length > CASES_MAX) {
    form.report(
      ['cases'],
      `there are ${cases.length} cases, more than ${CASES_MAX}; divide the file`,
    )
    return []
  }
  return cases.map((each, index) => readCase(form, each, ['cases', index], facts, changes))
}

function readCase(
  form: Form,
  json: unknown,
  at: JsonPath,
  facts: RecordJson,
  changes: readonly Change[],
): PolicyTestCase {
  const body = form.object(json, at, CASE_KEYS)
  const when = form.object(body['when'], [...at, 'when'], WHEN_KEYS)
  const own = form.record(when['facts'], [...at, 'when', 'facts'])
  const uid = (part: string): EntityUid => form.uid(when[part], [...at, 'when', part])
  const { name } = body
  if (body['strict'] !== undefined && typeof body['strict'] !== 'boolean') {
    form.report([...at, 'strict'], 'expected `true` or `false`')
  }
  return {
    name: name === undefined ? pathText(at) : form.text(name, [...at, 'name'], 'a sentence'),
    query: {
      principal: uid('principal'),
      action: uid('action'),
      resource: uid('resource'),
      context: { ...facts, ...own },
    },
    expect: readExpectation(form, body['expect'], [...at, 'expect'], changes),
    ...(body['strict'] === true ? { strict: true } : {}),
  }
}

function readExpectation(
  form: Form,
  json: unknown,
  at: JsonPath,
  changes: readonly Change[],
): PolicyTestCase['expect'] {
  const body = form.object(json, at, EXPECT_KEYS)
  const wouldBe =
    body['wouldBe'] === undefined
      ? undefined
      : form.choice(body['wouldBe'], [...at, 'wouldBe'], { allow: true, deny: true })
  const names = (key: string): readonly string[] => form.texts(body[key], [...at, key])
  const ids = changes.map(({ id }) => id)
  const remedies = form.listOrNone(body['remedies'], [...at, 'remedies']).map((each, index) => {
    const place = [...at, 'remedies', index]
    const remedy = form.texts(each, place)
    for (const id of remedy) {
      if (!ids.includes(id))
        form.unknown(place, id, ids, `no change of this file is called \`${id}\``)
    }
    return remedy
  })
  return {
    verdict: form.choice(body['verdict'], [...at, 'verdict'], VERDICTS) ?? 'deny',
    ...(wouldBe === undefined ? {} : { wouldBe }),
    ...(body['reasons'] === undefined ? {} : { reasons: names('reasons') }),
    ...(body['errors'] === undefined ? {} : { errors: names('errors') }),
    ...(body['remedies'] === undefined ? {} : { remedies }),
  }
}

function isEmpty(json: unknown): boolean {
  return typeof json === 'object' ? Object.keys(json ?? {}).length === 0 : json === undefined
}
