// Every source file keeps to the table of `test/architecture.ts`. And the checker itself is shown a
// violation of each rule, because a checker that finds nothing looks just like a clean house.

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'

import { directions, folders, longModules, suffixes } from './test/architecture.ts'
import { type Manifests, violations } from './test/conformance.ts'
import { readModule } from './test/modules.ts'

const root = import.meta.dirname

describe('the repository', () => {
  const modules = sourceFiles().map((path) => readModule(path, readFileSync(path, 'utf8')))
  const manifests = readManifests()

  test('the files are found, in every workspace', () => {
    assert.ok(modules.length > 20, `only ${modules.length} files were found`)
    for (const workspace of Object.keys(manifests)) {
      const files = modules.filter(({ path }) => path.startsWith(`${workspace}/`))
      assert.notEqual(files.length, 0, `no file was found in \`${workspace}\``)
    }
  })

  test('the table names every workspace', () => {
    assert.deepEqual(Object.keys(directions).toSorted(), Object.keys(manifests).toSorted())
  })

  test('every row of the table gives its reason', () => {
    const rows = [
      ...Object.values(directions),
      ...Object.values(suffixes),
      ...folders,
      ...longModules,
    ]
    for (const { because } of rows) assert.match(because, /\w+ \w+/)
  })

  test('every file keeps to the table', () => {
    const found = violations(modules, manifests)
    const lines = found.map(({ path, line, message }) => `${path}:${line} ${message}`)
    assert.equal(lines.length, 0, `\n${lines.join('\n')}\n`)
  })
})

describe('the checker', () => {
  const planted = [
    ['policy/src/a.ts', `import { z } from 'zod'`, /`policy` may not import `zod`/],
    ['policy/src/a.ts', `import 'node:crypto'`, /`policy` may not import `node:crypto`/],
    ['policy/src/a.ts', `import { a } from '@countersign/contract/ids'`, /may not import/],
    ['contract/src/a.ts', `import { a } from '@countersign/server/a'`, /may not import/],
    ['gateway/src/a.ts', `import type { A } from '@countersign/server/a'`, /may not import/],
    ['gateway/src/a.ts', `await import('@countersign/server/a')`, /may not import/],
    ['gateway/src/a.ts', `import '@countersign/authoring/a'`, /may not import/],
    ['console/src/a.ts', `export * from '@countersign/policy/a'`, /may not import/],
    ['server/src/a.ts', `let a: import('@countersign/gateway/a').A`, /may not import/],
    ['unknown/src/a.ts', ``, /has no row in the table of directions/],
    ['server/src/a.ts', `import { a } from 'ws'`, /`ws` is not among the dependencies/],
    ['server/src/a.ts', `import { sql } from 'kysely'`, /\(sql\)/],
    ['server/src/a.ts', `const late = () => import('pg')`, /\(sql\)/],
    ['server/src/a.ts', `import 'node:fs/promises'`, /\(files\)/],
    ['server/src/a.routes.ts', `import { sql } from 'kysely'`, /a `\.routes` file .* \(sql\)/],
    ['server/src/a.store.ts', `import { a } from 'fastify'`, /a `\.store` file .* \(serving\)/],
    ['server/src/a.routes.ts', `import { createServer, request } from 'node:http'`, /\(network\)/],
    ['server/src/a.routes.ts', `import * as http from 'node:http'`, /\(network\)/],
    ['server/src/a.ts', `import '@electric-sql/pglite/worker'`, /\(sql\)/],
    ['server/src/a.job.ts', `fetch(url)`, /a `\.job` file .* \(network\)/],
    ['server/src/a.ts', `setTimeout(f, delayMs)`, /\(timers\)/],
    ['server/src/a.ts', `const at = Date.now()`, /\(clock\)/],
    ['server/src/a.routes.ts', `const at = new Date()`, /\(clock\)/],
    ['server/src/a.ts', `import { randomUUID } from 'node:crypto'`, /\(chance\)/],
    ['server/src/a.ts', `import * as all from 'node:crypto'`, /\(chance\)/],
    ['server/src/a.ts', `import { STATUS_CODES, request } from 'node:http'`, /\(network\)/],
    ['server/src/a.ts', `console.log(1)`, /\(terminal\)/],
    ['server/src/a.ts', `const e = process.env`, /\(processes\)/],
    ['server/src/main.ts', `Math.random()`, /`Math\.random` is not for secrets/],
    ['server/src/main.ts', `eval(text)`, /`eval`/],
    ['policy/src/a.ts', `new Function(text)`, /`Function`/],
    ['server/src/a.thing.ts', ``, /the suffix `thing` has no row/],
    ['server/src/a.ts', `await import(name)`, /computed/],
    ['server/src/a.ts', `export * from './b.ts'`, /passes on/],
    ['server/src/a.ts', 'a()\n'.repeat(321), /321 lines are more than 320/],
    ['server/src/utils.ts', ``, /the name `utils`/],
    ['server/src/http/error-handler.ts', ``, /the name `error-handler`/],
    ['server/src/shared/a.ts', ``, /the name `shared`/],
    ['server/src/a.ts', `import { a } from '../../gateway/src/a.ts'`, /leaves `server`/],
    ['server/src/a.ts', `import { a } from '../../test/parts.ts'`, /leaves `server`/],
    ['server/src/devices/a.ts', `import { a } from '../b.ts'`, /climbs/],
    ['server/src/a.ts', `import './main.ts'`, /wires a program/],
    ['server/src/a.ts', `import { a } from './clock.fake.ts'`, /is for tests only/],
    ['cli/src/a.ts', `import { a } from '../fakes/a.ts'`, /is for tests only/],
    ['server/src/a.test.ts', `import { a } from '../../gateway/src/a.ts'`, /leaves `server`/],
  ] as const

  for (const [path, text, complaint] of planted) {
    test(`it reports ${shown(text)} in \`${path}\``, () => {
      const found = violations([readModule(path, text)], pretended)
      const lines = found.map(({ message }) => message).join('\n')
      assert.match(lines, complaint)
    })
  }

  const permitted = [
    ['policy/src/a.ts', `import { a } from './b.ts'`],
    ['policy/src/a.test.ts', `import { a } from 'fast-check'\nDate.now()`],
    ['contract/src/a.ts', `import { createHash } from 'node:crypto'`],
    ['contract/src/api/a.ts', `import { a } from '../b.ts'`],
    ['gateway/src/a.ts', `import { a } from '@countersign/contract/ids'`],
    ['server/src/a.ts', `import type { Kysely } from 'kysely'`],
    ['server/src/a.ts', `export const ask = (now: () => number, fetch: Fetch) => fetch(now())`],
    ['server/src/a.ts', `import { STATUS_CODES } from 'node:http'`],
    ['server/src/clock.fake.ts', `export const now = () => Date.now()`],
    ['server/src/a.test.ts', `import { a } from './clock.fake.ts'`],
    ['cli/src/a.test.ts', `import { a } from '../fakes/a.ts'`],
    ['server/src/a.store.ts', `import { sql } from 'kysely'`],
    ['server/src/a.routes.ts', `import { a } from '#b'`],
    ['gateway/src/a.routes.ts', `import { createServer, STATUS_CODES } from 'node:http'`],
    ['server/src/a.job.ts', `setInterval(f, everyMs)`],
    ['server/src/main.ts', `import { a } from 'pg'\nconst at = Date.now()\nsetTimeout(f)`],
    ['server/src/a.ts', 'a()\n'.repeat(320)],
    ['server/src/signin/shared-signals.ts', ``],
    ['server/src/a.test.ts', `import { a } from '../../test/parts.ts'\nimport '#b'`],
    ['scenarios/a.test.ts', `import { a } from '../test/parts.ts'\nsetTimeout(f)`],
  ] as const

  for (const [path, text] of permitted) {
    test(`it permits ${shown(text)} in \`${path}\``, () => {
      const found = violations([readModule(path, text)], pretended)
      assert.deepEqual(
        found.filter((one) => one.path === path),
        [],
      )
    })
  }

  test('it finds a module of Node on a long way from the console', () => {
    const modules = [
      readModule('console/src/a.tsx', `import { b } from '@countersign/contract/b'`),
      readModule('contract/src/b.ts', `export { c } from './c.ts'\nexport const b = 1`),
      readModule('contract/src/c.ts', `import { createHash } from 'node:crypto'`),
    ]
    const found = violations(modules, pretended).find(({ path }) => path === 'contract/src/c.ts')
    assert.match(found?.message ?? '', /a browser has no `node:crypto`/)
  })

  const pretended: Manifests = {
    cli: { dependencies: [], devDependencies: [], hasOwnImports: true },
    console: { dependencies: ['react'], devDependencies: [], hasOwnImports: false },
    contract: { dependencies: ['zod'], devDependencies: [], hasOwnImports: false },
    policy: { dependencies: [], devDependencies: [], hasOwnImports: false },
    server: {
      dependencies: ['fastify', 'kysely', 'pg'],
      devDependencies: [],
      hasOwnImports: true,
    },
  }
})

function shown(text: string): string {
  return text === '' ? 'an empty file' : `\`${text.split('\n', 1)[0]}\``
}

function sourceFiles(): readonly string[] {
  process.chdir(root)
  const isForeign = (path: string) => /(?:^|\/)(?:node_modules|dist|var|coverage)$/.test(path)
  return globSync('**/*.{ts,tsx}', { exclude: isForeign }).toSorted()
}

type PackageJson = {
  readonly workspaces?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly imports?: Readonly<Record<string, string>>
}

function readManifests(): Manifests {
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as PackageJson
  const { workspaces = [] } = read('package.json')
  return Object.fromEntries(
    workspaces.map((workspace) => {
      const { dependencies = {}, devDependencies = {}, imports } = read(`${workspace}/package.json`)
      const manifest = {
        dependencies: Object.keys(dependencies),
        devDependencies: Object.keys(devDependencies),
        hasOwnImports: imports !== undefined,
      }
      return [workspace, manifest]
    }),
  )
}
