// Finds the Chromium that the tests drive: the machine's own, or else the one that npm installed as
// an archive (`@sparticuz/chromium`), unpacked once per user.
//
// What the archive needs from a machine: x64 Linux and the C library (2.34 or later), libm and
// libgcc_s. All else is inside: NSS and expat in `al2023.tar.br`, a software renderer in
// `swiftshader.tar.br`, one font family in `fonts.tar.br`. Its libsoftokn3 wants libsqlite3, which a
// bare machine lacks; only certificate databases use it, and pages on `http://*.localhost` do not.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { lstat, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export type ChromiumBinary = {
  readonly path: string
  /** What the browser's environment needs on top of the test's own. */
  readonly environment: Readonly<Record<string, string>>
}

const systemPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const unpackTimeoutMs = 60_000

/**
 * The Chromium to use: `CHROMIUM_PATH`, else one installed on the machine, else the archive.
 * @throws when there is none for this platform.
 */
export async function chromiumBinary(): Promise<ChromiumBinary> {
  const chosen = process.env['CHROMIUM_PATH'] ?? systemPaths.find((path) => existsSync(path))
  if (chosen !== undefined) return { path: chosen, environment: {} }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `no Chromium comes with the tests for ${process.platform} on ${process.arch}; install one and set CHROMIUM_PATH to it`,
    )
  }
  const directory = await unpacked()
  return {
    path: join(directory, 'chromium'),
    environment: {
      LD_LIBRARY_PATH: join(directory, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(directory, 'fonts', 'countersign.conf'),
    },
  }
}

/**
 * The archive unpacks into the temporary directory of its process, at fixed names, and takes a
 * half-written file of another process, or another user, for its own. So it is given a private
 * temporary directory, and the result takes its place in one step.
 */
async function unpacked(): Promise<string> {
  const entry = import.meta.resolve('@sparticuz/chromium')
  const root = join(dirname(fileURLToPath(entry)), '..', '..')
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    readonly version: string
  }
  const cache = await cacheDirectory()
  const place = join(cache, `chromium-${version}`)
  if (existsSync(place)) return place
  const staging = await mkdtemp(join(cache, 'unpacking-'))
  try {
    const script = `const { default: it } = await import(${JSON.stringify(entry)}); await it.executablePath()`
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      // The second variable makes it unpack the libraries of `al2023.tar.br` as well.
      env: { TMPDIR: staging, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
      timeout: unpackTimeoutMs,
    })
    await writeFile(join(staging, 'fonts', 'countersign.conf'), fontConfiguration(place))
    await rename(staging, place)
  } catch (error) {
    // Another process may have finished first; then its result is as good.
    if (!existsSync(place)) throw error
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
  return place
}

/** The archive's own configuration names fixed places below `/tmp`. */
function fontConfiguration(place: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(place, 'fonts', 'fonts')}</dir>
  <cachedir>${join(place, 'fonts', 'cache')}</cachedir>
</fontconfig>
`
}

/** A directory that belongs to this user alone: beside the packages, else in the temporary files. */
async function cacheDirectory(): Promise<string> {
  const { uid } = userInfo()
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  const name = `countersign-${uid}`
  for (const place of [join(root, 'node_modules', '.cache', name), join(tmpdir(), name)]) {
    try {
      await mkdir(dirname(place), { recursive: true })
      // Failing because it is there already is as good; what is there is looked at next.
      await mkdir(place, { mode: 0o700 }).catch(() => undefined)
      const found = await lstat(place)
      // A directory that somebody else prepared could hold somebody else's browser.
      const isPrivate = found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0
      if (isPrivate) return place
    } catch {
      // Not writable for this user; the next place may be.
    }
  }
  throw new Error(`no directory to unpack Chromium into; make \`${tmpdir()}\` writable`)
}
