// The tokens of `countersign connect`, by console, in a file that nobody else may read. A token
// opens tunnels and nothing else, and it ends with its session.
import { constants } from 'node:fs'
import { mkdir, open, rename, unlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { tokenPattern } from '@countersign/contract/session'
import { z } from 'zod'
import { Failure } from '#failure'
import type { World } from '#world'

const signIn = z.object({
  token: z.string().regex(tokenPattern),
  /** Milliseconds since the epoch. */
  endsAt: z.int(),
})
export type SignIn = z.infer<typeof signIn>

const signIns = z.object({
  /** The console that was signed in at last. */
  last: z.string().optional(),
  /** By origin. */
  consoles: z.record(z.string(), signIn),
})
export type SignIns = z.infer<typeof signIns>

const none: SignIns = { consoles: {} }
const fileMaxBytes = 256 * 1024
/** What others of the machine may do with it: nothing. */
const othersMode = 0o077

/** Where they lie (XDG Base Directory Specification). */
export function signInsFile({ environment }: Pick<World, 'environment'>): string {
  const { XDG_CONFIG_HOME: config, HOME: home } = environment
  // The specification has relative paths ignored.
  const base = config?.startsWith('/') ? config : join(home || homedir(), '.config')
  return join(base, 'countersign', 'sign-ins.json')
}

/** Reads them; none where there is no file. Throws `Failure` where others could read it too. */
export async function readSignIns(path: string): Promise<SignIns> {
  let file
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return none
    throw new Failure('usage', `\`${path}\` cannot be read (${codeOf(error)})`, 'remove it')
  }
  try {
    const { mode, size } = await file.stat()
    if ((mode & othersMode) !== 0) {
      throw new Failure(
        'refused',
        `other users of this machine may read \`${path}\`, which holds your tokens`,
        `sign out with \`countersign signout\` after \`chmod 600 ${path}\`, and sign in again`,
      )
    }
    const read =
      size > fileMaxBytes ? undefined : signIns.safeParse(parsed(await file.readFile('utf8')))
    if (!read?.success) {
      throw new Failure('usage', `\`${path}\` is not what this command wrote`, 'remove it')
    }
    return read.data
  } finally {
    await file.close()
  }
}

/** Writes them, whole or not at all. */
export async function writeSignIns(path: string, content: SignIns): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const next = `${path}.new`
  await unlink(next).catch(() => {})
  const file = await open(next, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(content, undefined, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, path)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
