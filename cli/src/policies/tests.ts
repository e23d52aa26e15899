// `countersign policies test`: runs the tests that lie beside policies, and says what they did not
// exercise.
import { mergeCoverage, type PolicyCoverage } from '@countersign/policy/coverage'
import type { CompiledPolicies } from '@countersign/policy/engine'
import { readPolicyTests } from '@countersign/policy/policy-tests-form'
import {
  type PolicyTestFile,
  type PolicyTestResult,
  runPolicyTests,
  toJunit,
} from '@countersign/policy/policy-tests'
import { isObject } from '@countersign/policy/json'
import { type JsonPath, stringifyJson } from '@countersign/policy/lossless-json'
import type { PolicySyntax } from '@countersign/policy/syntax'
import type { ExitName } from '#exit'
import { Failure } from '#failure'
import { printable } from '#paint'
import type { World } from '#world'
import { coverageOf, type TestCoverage } from './test-coverage.ts'
import { type DataDocument, readDocument } from './document.ts'
import { type EntityList, entityList, loadEntities } from './entities.ts'
import { type Finding, findingAt, Refused, refuseErrors } from './finding.ts'
import { formRefused } from './form.ts'
import { compiledSet, refuseNone, usableSchema } from './policy-set.ts'
import { type Project, theOne, withProject, writeJson } from './project.ts'
import type { Found } from './sources.file.ts'
import { testsPage } from './tests-page.ts'

export interface TestRequest {
  readonly paths: readonly string[]
  readonly schema: string | undefined
  readonly junit: string | undefined
  readonly coverage: string | undefined
  readonly minCoverage: number
  readonly json: boolean
}

export interface TestSuite {
  /** The file, as shown. */
  readonly name: string
  readonly results: readonly (PolicyTestResult & { readonly line: number })[]
  readonly policies: readonly PolicySyntax[]
}

/** Prints the results. `findings` when a test fails, or too little is exercised. */
export async function test(request: TestRequest, world: World): Promise<ExitName> {
  return await withProject(world, request.json, async (project) => {
    const found = await project.sources.find(request.paths)
    if (found.tests.length === 0) {
      throw new Failure(
        'notFound',
        `there are no tests in ${(request.paths.length === 0 ? ['.'] : request.paths).map((path) => `\`${printable(path)}\``).join(', ')}`,
        'name files `*.test.yaml` or `*.test.json`, or folders that hold some',
      )
    }
    const runner = new Runner(request, found, project)
    const suites: TestSuite[] = []
    const findings: Finding[] = []
    for (const path of found.tests) {
      project.progress.say(`running ${path}`)
      try {
        suites.push(await runner.run(path))
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        findings.push(...error.findings)
      }
    }
    project.progress.clear()
    if (findings.length > 0) throw new Refused(unique(findings))
    const coverage = coverageOf(mergeCoverage(runner.coverage))
    await writeFiles(request, suites, coverage, project)
    const isTooLow = coverage.percent < request.minCoverage
    if (request.json) writeJson(world, { suites: suites.map(suiteJson), coverage, isTooLow })
    else world.stdout.write(testsPage(suites, coverage, request.minCoverage, world.stdout.paint))
    const hasFailed = suites.some(({ results }) =>
      results.some(({ failures }) => failures.length > 0),
    )
    return hasFailed || isTooLow ? 'findings' : 'ok'
  })
}

class Runner {
  readonly coverage: (readonly PolicyCoverage[])[] = []
  readonly #request: TestRequest
  readonly #found: Found
  readonly #project: Project
  readonly #compiled = new Map<string, CompiledPolicies>()

  constructor(request: TestRequest, found: Found, project: Project) {
    this.#request = request
    this.#found = found
    this.#project = project
  }

  async run(path: string): Promise<TestSuite> {
    const document = readDocument(await this.#project.sources.read(path))
    const file = formRefused(document, () => readPolicyTests(document.value))
    const { schemas, policies } = await this.#filesOf(document, file)
    const schema = await usableSchema(schemas, this.#project)
    const compiled = await this.#compile(policies)
    const lists = await this.#entities(document, file)
    const { store, findings } = loadEntities(lists, schema)
    refuseErrors(findings)
    const { results, coverage } = runPolicyTests(compiled, store, file)
    this.coverage.push(coverage)
    return {
      name: path,
      results: results.map((result, index) => ({ ...result, line: lineOf(document, index) })),
      policies: compiled.policies.map(({ policy }) => policy.syntax),
    }
  }

  /** The policies and the schema that a test is about: those it names, or those of the command. */
  async #filesOf(
    document: DataDocument,
    { policyFiles, schemaFile }: PolicyTestFile,
  ): Promise<{ readonly schemas: string | undefined; readonly policies: readonly string[] }> {
    const { sources } = this.#project
    const { path } = document.source
    const found =
      policyFiles.length === 0
        ? this.#found
        : await referred(document, ['policies'], () =>
            sources.find(policyFiles.map((each) => sources.beside(path, each))),
          )
    const schemas =
      schemaFile === undefined
        ? theOne('schema', this.#request.schema, found.schemas)
        : sources.beside(path, schemaFile)
    if (schemas !== undefined && schemaFile !== undefined) {
      await referred(document, ['schema'], () => sources.read(schemas))
    }
    refuseNone(found.policies, policyFiles.length === 0 ? this.#request.paths : policyFiles)
    return { schemas, policies: found.policies }
  }

  async #compile(paths: readonly string[]): Promise<CompiledPolicies> {
    const key = paths.join('\n')
    let compiled = this.#compiled.get(key)
    if (compiled === undefined) {
      compiled = await compiledSet(paths, this.#project)
      this.#compiled.set(key, compiled)
    }
    return compiled
  }

  async #entities(document: DataDocument, file: PolicyTestFile): Promise<EntityList[]> {
    const { sources } = this.#project
    const lists: EntityList[] = []
    for (const path of file.entityFiles) {
      const from = sources.beside(document.source.path, path)
      const source = await referred(document, ['entities'], () => sources.read(from))
      lists.push(entityList(readDocument(source)))
    }
    const written = isObject(document.value) ? document.value['entities'] : []
    const places = (Array.isArray(written) ? (written as readonly unknown[]) : []).flatMap(
      (each, index) => (typeof each === 'string' ? [] : index),
    )
    const items = file.entities.map((json, index) => ({
      json,
      at: ['entities', places[index] ?? index],
    }))
    return [...lists, { document, items }]
  }
}

/** What a test file names must be there; if not, that is a mistake at its place in the test file. */
async function referred<T>(
  document: DataDocument,
  at: JsonPath,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Refused([
      findingAt(document.source, document.placeOf(at), {
        code: 'test.file',
        message: error.message,
        help: 'paths start at the folder of the test file',
      }),
    ])
  }
}

function lineOf(document: DataDocument, index: number): number {
  const { offset } = document.placeOf(['cases', index])
  return document.source.text.slice(0, offset).split('\n').length
}

async function writeFiles(
  { junit, coverage: coverageFile }: TestRequest,
  suites: readonly TestSuite[],
  coverage: TestCoverage,
  { sources }: Project,
): Promise<void> {
  if (junit !== undefined) await sources.write(junit, toJunit(suites))
  if (coverageFile !== undefined)
    await sources.write(coverageFile, `${stringifyJson(coverage, 2)}\n`)
}

function suiteJson({ name, results }: TestSuite): object {
  return { file: name, results }
}

function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((each) => [JSON.stringify(each), each])).values()]
}
