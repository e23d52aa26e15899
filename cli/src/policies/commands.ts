// The commands about policies as files: offline, without a server, for the pipeline of anyone who
// writes Cedar.
import { type AnyCommand, type ArgumentRow, defineCommand } from '#command'

const json = { type: 'flag', meaning: 'answer in JSON' } as const
const paths: ArgumentRow = {
  name: 'path',
  meaning: 'files, or folders with all below them; `.` unless said',
  many: true,
}
const schema = {
  type: 'text',
  value: 'file',
  meaning: 'the schema; else the `*.cedarschema` or `*.cedarschema.json` among the paths',
} as const
const entities = {
  type: 'text',
  value: 'file',
  meaning: "entities in Cedar's JSON format; else the `entities.json` among the paths",
} as const
const context = {
  type: 'text',
  value: 'file-or-json',
  meaning: 'the facts of the moment: JSON, or a JSON or YAML file',
} as const
const principal = {
  type: 'text',
  value: 'entity',
  meaning: 'who, such as `\'User::"ann"\'`',
} as const
const action = {
  type: 'text',
  value: 'entity',
  meaning: 'what they do, such as `\'Action::"read"\'`',
} as const
const resource = {
  type: 'text',
  value: 'entity',
  meaning: 'on what, such as `\'App::"payroll"\'`',
} as const

const check = defineCommand({
  noun: 'policies',
  verb: 'check',
  summary: 'check policies: syntax, strict validation, lints, and entities against the schema',
  details: [
    'Each finding has a file, line and column, a code, and what to do about it. Warnings fail only with `--deny-warnings`; advice never does.',
  ],
  arguments: [paths],
  options: {
    schema,
    entities,
    advice: { type: 'flag', meaning: 'also show advice, such as a missing owner' },
    'deny-warnings': { type: 'flag', meaning: 'let a warning fail as an error does' },
    sarif: { type: 'text', value: 'file', meaning: 'also write the findings as SARIF 2.1.0' },
    json,
  },
  examples: [
    { line: 'countersign policies check policies/', meaning: 'everything in a folder' },
    {
      line: 'countersign policies check --deny-warnings --sarif policies.sarif policies/',
      meaning: 'in a pipeline',
    },
  ],
  run: async ({ options, words }, world) =>
    (await import('./check.ts')).check(
      {
        paths: words,
        schema: options.schema,
        entities: options.entities,
        advice: options.advice,
        denyWarnings: options['deny-warnings'],
        sarif: options.sarif,
        json: options.json,
      },
      world,
    ),
})

const format = defineCommand({
  noun: 'policies',
  verb: 'format',
  summary: 'lay policies out in the official way, comments kept',
  details: ['Prints the result, unless `--write` or `--check` is given.'],
  arguments: [paths],
  options: {
    write: { type: 'flag', meaning: 'write the files that differ' },
    check: { type: 'flag', meaning: 'only list the files that differ, and fail if there are any' },
    json,
  },
  examples: [
    { line: 'countersign policies format --write policies/', meaning: 'before a commit' },
    { line: 'countersign policies format --check policies/', meaning: 'in a pipeline' },
  ],
  run: async ({ options, words }, world) =>
    (await import('./format.ts')).format(
      { paths: words, write: options.write, check: options.check, json: options.json },
      world,
    ),
})

const test = defineCommand({
  noun: 'policies',
  verb: 'test',
  summary: 'run the tests beside policies, and show what they did not exercise',
  details: [
    'Tests are files `*.test.yaml` or `*.test.json`: entities, facts, and cases with what is asked and what is expected. docs/policies.md describes the form.',
    'Coverage counts policies that were satisfied once, and for each term of a condition whether it was seen to hold and to fail.',
  ],
  arguments: [paths],
  options: {
    schema,
    junit: { type: 'text', value: 'file', meaning: 'also write the results as JUnit XML' },
    coverage: { type: 'text', value: 'file', meaning: 'also write the coverage as JSON' },
    'min-coverage': {
      type: 'count',
      value: 'percent',
      meaning: 'fail below this coverage',
      default: 0,
      max: 100,
    },
    json,
  },
  examples: [
    { line: 'countersign policies test policies/', meaning: 'every test in a folder' },
    {
      line: 'countersign policies test --min-coverage 80 --junit policies.xml policies/',
      meaning: 'in a pipeline',
    },
  ],
  run: async ({ options, words }, world) =>
    (await import('./tests.ts')).test(
      {
        paths: words,
        schema: options.schema,
        junit: options.junit,
        coverage: options.coverage,
        minCoverage: options['min-coverage'],
        json: options.json,
      },
      world,
    ),
})

const explain = defineCommand({
  noun: 'policies',
  verb: 'explain',
  summary: 'ask one question of policies, and show why the answer is what it is',
  details: [
    'Shows every policy about this action and resource: what decided, then what nearly did, with the first term that did not hold and the values it saw.',
    'With `--changes`, a file with a list of changes as tests have it, a deny is followed by the smallest changes that would make it an allow. Each was evaluated.',
  ],
  arguments: [paths],
  options: {
    principal,
    action,
    resource,
    context,
    entities,
    schema,
    changes: {
      type: 'text',
      value: 'file',
      meaning: 'what could be done about a deny, in JSON or YAML',
    },
    redact: {
      type: 'text',
      value: 'paths',
      meaning: 'withhold the values at these paths, between commas: `context.device`',
    },
    strict: { type: 'flag', meaning: 'a forbid that cannot be evaluated denies; Cedar skips it' },
    json,
  },
  examples: [
    {
      line: `countersign policies explain --principal 'User::"ann"' --action 'Action::"read"' --resource 'App::"payroll"' --context '{"minutes": 95}' policies/`,
      meaning: 'why was it refused?',
    },
  ],
  run: async ({ options, words }, world) =>
    (await import('./explain.ts')).explain({ paths: words, ...options }, world),
})

const whoCan = defineCommand({
  noun: 'policies',
  verb: 'who-can',
  summary: 'list everyone among the entities who may do something',
  arguments: [paths],
  options: {
    action,
    resource,
    context,
    type: {
      type: 'text',
      value: 'types',
      meaning: 'only principals of these types, between commas',
    },
    entities,
    schema,
    json,
  },
  examples: [
    {
      line: `countersign policies who-can --action 'Action::"read"' --resource 'App::"payroll"' policies/`,
      meaning: 'who may read the payroll?',
    },
  ],
  run: async ({ options, words }, world) =>
    (await import('./who-can.ts')).whoCan({ paths: words, ...options }, world),
})

const whatCan = defineCommand({
  noun: 'policies',
  verb: 'what-can',
  summary: 'list everything among the entities that one identity may do',
  arguments: [paths],
  options: {
    principal,
    action: { ...action, meaning: 'only this action' },
    context,
    type: {
      type: 'text',
      value: 'types',
      meaning: 'only resources of these types, between commas',
    },
    entities,
    schema,
    json,
  },
  examples: [
    {
      line: `countersign policies what-can --principal 'User::"ann"' policies/`,
      meaning: 'what may Ann do?',
    },
  ],
  run: async ({ options, words }, world) =>
    (await import('./who-can.ts')).whatCan({ paths: words, ...options }, world),
})

const diff = defineCommand({
  noun: 'policies',
  verb: 'diff',
  summary: 'show what a change of policies changes: who gains what, and who loses what',
  details: [
    'Compares the policies, then asks both sets about every principal, action and resource among the entities, under the facts of `--context`. Entities and schema are those of `after`, else those of `before`.',
  ],
  arguments: [
    { name: 'before', meaning: 'folder or file of the policies as they were' },
    { name: 'after', meaning: 'folder or file of the policies as they would be' },
  ],
  options: {
    entities,
    schema,
    context,
    action: { ...action, meaning: 'only this action' },
    'principal-type': {
      type: 'text',
      value: 'types',
      meaning: 'only principals of these types, between commas',
    },
    'resource-type': {
      type: 'text',
      value: 'types',
      meaning: 'only resources of these types, between commas',
    },
    markdown: { type: 'flag', meaning: 'write it as a comment for a merge request' },
    'exit-code': { type: 'flag', meaning: 'end with an exit code of its own when they differ' },
    json,
  },
  examples: [
    { line: 'countersign policies diff before/ after/', meaning: 'two folders' },
    {
      line: 'git worktree add /tmp/before main && countersign policies diff --markdown /tmp/before/policies policies',
      meaning: 'what a branch changes',
    },
  ],
  run: async ({ options, words: [before = '', after = ''] }, world) =>
    (await import('./diff.ts')).diff(
      {
        before,
        after,
        schema: options.schema,
        entities: options.entities,
        context: options.context,
        action: options.action,
        principalType: options['principal-type'],
        resourceType: options['resource-type'],
        markdown: options.markdown,
        exitCode: options['exit-code'],
        json: options.json,
      },
      world,
    ),
})

/** In the order in which help shows them. */
export const policyCommands: readonly AnyCommand[] = [
  check,
  format,
  test,
  explain,
  whoCan,
  whatCan,
  diff,
]
