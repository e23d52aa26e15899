// Holds modules against the table of `architecture.ts`. Pure: it is given what the files contain and
// answers with what is wrong, so it is itself tested on small files that break each rule.

import { posix } from 'node:path'

import {
  directions,
  type Effect,
  effects,
  emptyNames,
  emptyWholeNames,
  folders,
  forbiddenGlobals,
  harmlessNames,
  longModules,
  moduleMaxLines,
  suffixes,
  wiring,
} from './architecture.ts'
import type { Module, Reference } from './modules.ts'

export type Violation = {
  readonly path: string
  /** 0 when it is about the whole file. */
  readonly line: number
  readonly message: string
}

/** What a workspace's package.json says about where its code comes from. */
type Manifest = {
  readonly dependencies: readonly string[]
  readonly devDependencies: readonly string[]
  /** Whether it declares `#` imports, which then replace `../`. */
  readonly hasOwnImports: boolean
}

export type Manifests = Readonly<Record<string, Manifest>>

type Rule = (module: Module, manifests: Manifests) => readonly Omit<Violation, 'path'>[]

const everyFile: readonly Rule[] = [speaksPlainly, staysInItsWorkspace, doesNotWire]
const productFiles: readonly Rule[] = [
  knowsOnlyItsDirection,
  importsWhatItDeclares,
  hasOnlyPermittedEffects,
  usesNothingForbidden,
  loadsOnlyWhatCanBeSeen,
  shipsNoFakes,
  isNoBarrel,
  isNotTooLong,
]

/** All violations, in the order of the files. */
export function violations(modules: readonly Module[], manifests: Manifests): readonly Violation[] {
  return [
    ...modules.flatMap((module) => violationsOf(module, manifests)),
    ...staleRows(modules),
    ...serverCodeInBrowser(modules),
  ]
}

function violationsOf(module: Module, manifests: Manifests): readonly Violation[] {
  const { path } = module
  const rules = isProduct(path) ? [...everyFile, ...productFiles] : everyFile
  return rules
    .flatMap((rule) => rule(module, manifests))
    .map(({ line, message }) => ({ path, line, message }))
}

/** Tests, fakes, scenarios and tools may do what they need; the rest is what we ship. */
function isProduct(path: string): boolean {
  const workspace = workspaceOf(path)
  return (
    path.startsWith(`${workspace}/src/`) &&
    workspace !== 'scenarios' &&
    !/\.(?:test|fake)\.tsx?$/.test(path)
  )
}

function knowsOnlyItsDirection({ path, references }: Module): ReturnType<Rule> {
  const own = workspaceOf(path)
  const direction = directions[own]
  if (!direction) return [whole(`\`${own}\` has no row in the table of directions; give it one`)]
  return references.flatMap(({ specifier, line }) => {
    const workspace = /^@countersign\/(?<name>[^/]+)/.exec(specifier)?.groups?.['name']
    if (workspace === undefined) {
      const isForeign = !/^[.#]/.test(specifier)
      const isListed = direction.libraries?.includes(specifier) ?? true
      if (!isForeign || isListed) return []
    } else if (workspace === own || direction.imports.includes(workspace)) return []
    return [at(line, `\`${own}\` may not import \`${specifier}\`: ${direction.because}`)]
  })
}

function importsWhatItDeclares({ path, references }: Module, manifests: Manifests) {
  const own = workspaceOf(path)
  const manifest = manifests[own]
  return references.flatMap(({ specifier, kind, line }) => {
    if (/^(?:[.#]|node:|@countersign\/)/.test(specifier)) return []
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
    const typesOf = `@types/${name}`
    const isDeclared =
      manifest?.dependencies.includes(name) ||
      (kind === 'type' && manifest?.devDependencies.includes(typesOf)) ||
      (kind === 'type' && manifest?.devDependencies.includes(name))
    if (isDeclared) return []
    return [at(line, `\`${name}\` is not among the dependencies of \`${own}\`; declare it there`)]
  })
}

function hasOnlyPermittedEffects({ path, references, globals }: Module): ReturnType<Rule> {
  if (posix.basename(path) === wiring) return []
  const suffix = suffixOf(path)
  const permission = suffixes[suffix]
  if (!permission) {
    return [whole(`the suffix \`${suffix}\` has no row in the table of suffixes; use one that has`)]
  }
  const folder = folders.find((row) => path.startsWith(row.path))
  const permitted = new Set<Effect>([...permission.effects, ...(folder?.effects ?? [])])
  const isForbidden = (effect: Effect | undefined) => effect !== undefined && !permitted.has(effect)
  const how = suffix === '' ? 'a file without suffix' : `a \`.${suffix}\` file`
  return [
    ...references.flatMap((reference) => {
      const effect = effectsOf(reference).find(isForbidden)
      if (effect === undefined) return []
      return [at(reference.line, complaint(how, effect, reference.specifier, permission.because))]
    }),
    ...globals.flatMap(({ name, line }) => {
      const effect = effectOfGlobal(name)
      if (effect === undefined || !isForbidden(effect)) return []
      return [at(line, complaint(how, effect, name, permission.because))]
    }),
  ]
}

function complaint(how: string, effect: Effect, what: string, because: string): string {
  return `${how} may not use \`${what}\` (${effect}): ${because}; take it as a parameter`
}

/** A type is erased. What is taken by name may matter more, or less, than the module as a whole. */
function effectsOf({ kind, specifier, names }: Reference): readonly Effect[] {
  if (kind === 'type') return []
  const taken = names.length === 0 ? ['*'] : names
  return taken.flatMap((name) => {
    if (harmlessNames[specifier]?.includes(name)) return []
    const effect = effectOfModule(`${specifier}#${name}`) ?? effectOfModule(specifier)
    return effect === undefined ? [] : [effect]
  })
}

/** A path below a package, such as `@electric-sql/pglite/worker`, is the package. */
function effectOfModule(wanted: string): Effect | undefined {
  return effectRows.find(([, { modules }]) =>
    modules.some((row) => wanted === row || wanted.startsWith(`${row}/`)),
  )?.[0]
}

function effectOfGlobal(name: string): Effect | undefined {
  return effectRows.find(([, { globals }]) => globals.includes(name))?.[0]
}

type Signs = { readonly modules: readonly string[]; readonly globals: readonly string[] }

const effectRows = Object.entries(effects) as readonly (readonly [Effect, Signs])[]

function usesNothingForbidden({ globals }: Module): ReturnType<Rule> {
  return globals.flatMap(({ name, line }) => {
    const because = Object.hasOwn(forbiddenGlobals, name) ? forbiddenGlobals[name] : undefined
    return because === undefined ? [] : [at(line, because)]
  })
}

function loadsOnlyWhatCanBeSeen({ unreadable }: Module): ReturnType<Rule> {
  return unreadable.map((line) => at(line, 'this import is computed; name the module in full'))
}

function isNoBarrel(module: Module): ReturnType<Rule> {
  if (!module.isBarrel) return []
  return [whole('it only passes on what others export; import from them instead')]
}

function isNotTooLong({ path, lines, isGenerated }: Module): ReturnType<Rule> {
  const isListed = longModules.some((row) => row.path === path)
  if (isGenerated || isListed || lines <= moduleMaxLines) return []
  return [
    whole(`${lines} lines are more than ${moduleMaxLines}; divide it, or list it with a reason`),
  ]
}

function speaksPlainly({ path }: Module): ReturnType<Rule> {
  const names = path.replace(/\.[^/]*$/, '').split('/')
  const empty = names.find(
    (name) =>
      emptyWholeNames.includes(name) || name.split('-').some((word) => emptyNames.includes(word)),
  )
  if (empty === undefined) return []
  return [whole(`the name \`${empty}\` does not say what is inside; find the noun`)]
}

function staysInItsWorkspace({ path, references }: Module, manifests: Manifests): ReturnType<Rule> {
  const own = workspaceOf(path)
  return references.flatMap(({ specifier, line }) => {
    if (!specifier.startsWith('.')) return []
    const target = posix.join(posix.dirname(path), specifier)
    const there = workspaceOf(target)
    if (there === own) {
      const climbs = specifier.startsWith('../') && target.startsWith(`${own}/src/`)
      if (!climbs || !manifests[own]?.hasOwnImports) return []
      return [at(line, `\`${specifier}\` climbs; import \`#…\` from the root of \`${own}\``)]
    }
    if (there in directions) {
      return [at(line, `\`${specifier}\` leaves \`${own}\`; import \`@countersign/${there}/…\``)]
    }
    const isHarness = there === 'test' && !isProduct(path)
    if (isHarness || own === '') return []
    return [at(line, `\`${specifier}\` leaves \`${own}\`; what it needs belongs inside`)]
  })
}

/** A fake in the product is a fake in production. */
function shipsNoFakes({ references }: Module): ReturnType<Rule> {
  return references.flatMap(({ specifier, line }) =>
    /\.(?:test|fake)(?:\.tsx?)?$|\/fakes\/|^fast-check$|^node:test/.test(specifier)
      ? [at(line, `\`${specifier}\` is for tests only; the product may not import it`)]
      : [],
  )
}

function doesNotWire({ references }: Module): ReturnType<Rule> {
  return references.flatMap(({ specifier, kind, line }) =>
    kind !== 'url' && /(?:^|[/#])main(?:\.tsx?)?$/.test(specifier)
      ? [at(line, `\`${specifier}\` wires a program and runs when imported; import what it wires`)]
      : [],
  )
}

/** A row that nothing needs any more is a hole in the table. */
function staleRows(modules: readonly Module[]): readonly Violation[] {
  const isLong = ({ path }: { readonly path: string }) =>
    modules.some((module) => module.path === path && module.lines > moduleMaxLines)
  const isUsed = ({ path }: Folder) => modules.some((module) => module.path.startsWith(path))
  return [
    ...longModules.filter((row) => !isLong(row)),
    ...folders.filter((row) => !isUsed(row)),
  ].map(({ path }) => ({ path, line: 0, message: 'its row in the table is not needed; remove it' }))
}

type Folder = (typeof folders)[number]

/** The browser has no `node:` modules, so nothing that the console loads may import one. */
function serverCodeInBrowser(modules: readonly Module[]): readonly Violation[] {
  const byPath = new Map(modules.map((module) => [module.path, module]))
  const reached = new Set(
    modules.filter(({ path }) => path.startsWith('console/src/') && isProduct(path)),
  )
  // A set hands out what is added to it while it is read.
  for (const { path, references } of reached) {
    for (const { kind, specifier } of references) {
      const target = kind === 'type' ? undefined : byPath.get(targetOf(path, specifier))
      if (target) reached.add(target)
    }
  }
  return [...reached].flatMap(({ path, references }) =>
    references
      .filter(({ kind, specifier }) => kind !== 'type' && specifier.startsWith('node:'))
      .map(({ specifier, line }) => ({
        path,
        line,
        message: `the console loads this file, and a browser has no \`${specifier}\``,
      })),
  )
}

function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier)
  return specifier.replace(/^@countersign\/(?<name>[^/]+)\/(?<file>.+)$/, '$<name>/src/$<file>.ts')
}

function workspaceOf(path: string): string {
  return path.includes('/') ? (path.split('/', 1)[0] ?? '') : ''
}

/** `posture.store.ts` → `store`; `posture.ts` → the empty suffix. */
function suffixOf(path: string): string {
  const [, ...suffix] = posix
    .basename(path)
    .replace(/\.tsx?$/, '')
    .split('.')
  return suffix.join('.')
}

function at(line: number, message: string) {
  return { line, message }
}

function whole(message: string) {
  return at(0, message)
}
