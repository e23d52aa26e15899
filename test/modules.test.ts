// What the reader of modules sees, and what it is not deceived by.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { readModule } from './modules.ts'

const references = [
  [`import { a } from './a.ts'`, 'import', './a.ts'],
  [`import { type A } from './a.ts'`, 'import', './a.ts'],
  [`import * as all from 'pg'`, 'import', 'pg'],
  [`import 'pg'`, 'side-effect', 'pg'],
  [`import type { A } from './a.ts'`, 'type', './a.ts'],
  [`let a: import('./a.ts').A`, 'type', './a.ts'],
  [`export { a } from './a.ts'`, 're-export', './a.ts'],
  [`export * from './a.ts'`, 're-export', './a.ts'],
  [`export type { A } from './a.ts'`, 'type', './a.ts'],
  [`const a = await import('./a.ts')`, 'dynamic', './a.ts'],
  ['const a = await import(`./a.ts`)', 'dynamic', './a.ts'],
  [`const later = () => { if (now) return import('pg') }`, 'dynamic', 'pg'],
  [`const a = require('pg')`, 'require', 'pg'],
  [`new Worker(new URL('./a.worker.ts', import.meta.url))`, 'url', './a.worker.ts'],
  [`fork(new URL('a.process.ts', import.meta.url))`, 'url', './a.process.ts'],
] as const

for (const [text, kind, specifier] of references) {
  test(`\`${text}\` names \`${specifier}\` (${kind})`, () => {
    const found = readModule('x.ts', text).references
    assert.deepEqual(
      found.map((one) => [one.kind, one.specifier]),
      [[kind, specifier]],
    )
  })
}

const silent = [
  `const text = "import 'pg'"`,
  `// import 'pg'`,
  'const text = `await import("pg")`',
  `const data = new URL('./a.json', import.meta.url)`,
  `const link = new URL('./a.ts', base)`,
]

for (const text of silent) {
  test(`\`${text}\` names no module`, () => {
    assert.deepEqual(readModule('x.ts', text).references, [])
  })
}

const globals = [
  [`const at = Date.now()`, 'Date.now'],
  [`const at = Date['now']()`, 'Date.now'],
  [`const clock = Date.now`, 'Date.now'],
  [`const at = new Date()`, 'new Date'],
  [`fetch(url)`, 'fetch'],
  [`globalThis.fetch(url)`, 'fetch'],
  [`const call = { fetch }`, 'fetch'],
  [`const f = (x = fetch) => x`, 'fetch'],
  [`const luck = Math.random()`, 'Math.random'],
  [`const e = process.env['HOME']`, 'process'],
  [`const q = process.env as Settings`, 'process'],
  [`eval(text)`, 'eval'],
  [`new Function('return 1')()`, 'Function'],
] as const

for (const [text, name] of globals) {
  test(`\`${text}\` uses the global \`${name}\``, () => {
    const names = readModule('x.ts', text).globals.map((use) => use.name)
    assert.ok(names.includes(name), `found only ${names.join(', ')}`)
  })
}

const innocent = [
  [`const load = (fetch: Fetch) => fetch(url)`, 'fetch'],
  [`const load = ({ fetch }: Parts) => fetch(url)`, 'fetch'],
  [`import { fetch } from './own.ts'; fetch(url)`, 'fetch'],
  [`client.fetch(url)`, 'fetch'],
  [`const parts = { fetch: own }`, 'fetch'],
  [`type Fetch = typeof fetch`, 'fetch'],
  [`const at = new Date(0)`, 'new Date'],
  [`const at = Date.parse(text)`, 'Date.now'],
  [`class Fn { readonly process = 1 }`, 'process'],
  [`const f: Function = g`, 'Function'],
] as const

for (const [text, name] of innocent) {
  test(`\`${text}\` does not use the global \`${name}\``, () => {
    const names = readModule('x.ts', text).globals.map((use) => use.name)
    assert.ok(!names.includes(name), `found ${names.join(', ')}`)
  })
}

test('the names taken from a module are those that remain when types are stripped', () => {
  const cases = [
    [`import { a, b as c } from 'x'`, ['a', 'b']],
    [`import { type A, b } from 'x'`, ['b']],
    [`import { type A } from 'x'`, []],
    [`import a from 'x'`, ['*']],
    [`import * as a from 'x'`, ['*']],
  ] as const
  for (const [text, names] of cases) {
    assert.deepEqual(readModule('x.ts', text).references[0]?.names, names, text)
  }
})

test('an import of a computed name is told by its line', () => {
  assert.deepEqual(
    readModule('x.ts', 'const a = 1\nawait import(name)\nrequire(name)').unreadable,
    [2, 3],
  )
})

test('a reference is told by its line', () => {
  const [found] = readModule('x.ts', `\n\nimport { a } from 'pg'`).references
  assert.equal(found?.line, 3)
})

test('a module that declares nothing of its own is a barrel', () => {
  const cases = [
    [`export * from './a.ts'`, true],
    [`import { a } from './a.ts'\nexport { a }`, true],
    [`export { a } from './a.ts'\nexport const b = 1`, false],
    [`import { a } from './a.ts'\na()`, false],
  ] as const
  for (const [text, isBarrel] of cases) {
    assert.equal(readModule('x.ts', text).isBarrel, isBarrel, text)
  }
})

test('a file that does not parse is refused', () => {
  assert.throws(() => readModule('x.ts', 'const = 1'), /`x\.ts` does not parse/)
})

test('markup counts as code', () => {
  const view = `export const View = () => <p onClick={() => fetch(url)}>fetch</p>`
  const uses = readModule('x.tsx', view).globals.filter(({ name }) => name === 'fetch')
  assert.equal(uses.length, 1)
})
