// The directory that holds everything that must survive a restart.
import { constants, statfsSync } from 'node:fs'
import { access, chmod, mkdir, open, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StoreFault } from './fault.ts'

/**
 * Makes the data directory where it is missing, for this user alone.
 * @throws StoreFault where it cannot be made, read or written.
 */
export async function prepareDataDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await chmod(directory, 0o700)
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw directoryFault(directory, error)
  }
}

/**
 * Makes the directory of an embedded database where it is missing. One whose making was cut short
 * held nothing yet, and is made anew.
 * @returns what to call once the database is made.
 * @throws StoreFault where it cannot be made.
 */
export async function prepareDatabaseDirectory(directory: string): Promise<() => Promise<void>> {
  const unfinished = `${directory}.unfinished`
  try {
    if (await exists(unfinished)) await rm(directory, { recursive: true, force: true })
    await mkdir(directory, { recursive: true, mode: 0o700 })
    if ((await readdir(directory)).length > 0) return async () => {}
    await writeFile(unfinished, '', { mode: 0o600 })
    return async () => {
      await rm(unfinished)
      // The mark must not come back after a power cut: it would have the database made anew.
      const parent = await open(dirname(directory))
      try {
        await parent.sync()
      } finally {
        await parent.close()
      }
    }
  } catch (error) {
    throw directoryFault(directory, error)
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** What an error of the file system means for a directory that is needed. */
export function directoryFault(directory: string, error: unknown): StoreFault {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown }
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StoreFault(
        `\`${directory}\` cannot be read and written: give this user the directory, or set COUNTERSIGN_DATA_DIR to another`,
      )
    case 'ENOSPC':
    case 'EDQUOT':
      return full(directory)
    case 'ENOTDIR':
    case 'EEXIST':
      return new StoreFault(
        `\`${directory}\` is not a directory: move it away, or set COUNTERSIGN_DATA_DIR to another`,
      )
    default:
      // A database that finds no room may say so in its own words, or break off without any.
      if (isFull(directory)) return full(directory)
      return new StoreFault(
        `the store in \`${directory}\` does not open (${typeof message === 'string' ? message : 'no reason given'}): restore it from a backup, or set COUNTERSIGN_DATA_DIR to an empty directory`,
      )
  }
}

const roomMinBytes = 4 * 1024 * 1024

function isFull(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory)
    return bavail * bsize < roomMinBytes
  } catch {
    return false
  }
}

function full(directory: string): StoreFault {
  return new StoreFault(
    `the disk that holds \`${directory}\` is full: free some space and start again`,
  )
}
