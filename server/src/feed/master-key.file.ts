// Private keys lie in the store sealed under one master key, which lies beside the store and not
// in it: a copy of the database alone signs nothing.
import { open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Secret } from '@countersign/contract/secret'
import { StoreFault } from '#store/fault'

const masterKeyBytes = 32
/** The name of the master key's file within the data directory. */
export const masterKeyName = 'master.key'
const nextMasterKeyName = 'master.key.next'

/**
 * Reads the master key of a data directory, or makes one of random bytes where nothing is sealed yet.
 * @throws StoreFault where the file is missing, unreadable, open to others or not a key.
 */
export async function masterKey(
  dataDir: string,
  make: false | ((count: number) => Uint8Array),
): Promise<Secret<Uint8Array>> {
  const path = join(dataDir, masterKeyName)
  const key = await read(path)
  if (key) return key
  if (!make) {
    throw new StoreFault(
      `the store has sealed keys, but the master key \`${path}\` is missing: restore it from your backup`,
    )
  }
  return write(path, make(masterKeyBytes))
}

/**
 * The key that an operator laid beside the master key to take its place.
 * @throws StoreFault as `masterKey`.
 */
export function nextMasterKey(dataDir: string): Promise<Secret<Uint8Array> | undefined> {
  return read(join(dataDir, nextMasterKeyName))
}

/** Makes the next key the master key. The one before is gone then. */
export function adoptNextMasterKey(dataDir: string): Promise<void> {
  return rename(join(dataDir, nextMasterKeyName), join(dataDir, masterKeyName))
}

async function read(path: string): Promise<Secret<Uint8Array> | undefined> {
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) {
      throw new StoreFault(
        `the master key \`${path}\` can be read by others: run \`chmod 600 ${path}\`, and consider who has read it`,
      )
    }
    const key = Buffer.from((await readFile(path, 'utf8')).trim(), 'base64url')
    if (key.length !== masterKeyBytes) {
      throw new StoreFault(`\`${path}\` is not a master key: restore it from your backup`)
    }
    return new Secret<Uint8Array>(key)
  } catch (error) {
    if (error instanceof StoreFault) throw error
    const { code } = Object(error) as { readonly code?: unknown }
    if (code === 'ENOENT') return undefined
    throw new StoreFault(
      `the master key \`${path}\` cannot be read (${String(code)}): give this user the file`,
    )
  }
}

async function write(path: string, key: Uint8Array): Promise<Secret<Uint8Array>> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(`${Buffer.from(key).toString('base64url')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  return new Secret<Uint8Array>(key)
}
