// The directory that holds everything that must survive a restart.
import { constants } from 'node:fs'
import { access, chmod, mkdir } from 'node:fs/promises'
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
      return new StoreFault(
        `the disk that holds \`${directory}\` is full: free some space and start again`,
      )
    case 'ENOTDIR':
    case 'EEXIST':
      return new StoreFault(
        `\`${directory}\` is not a directory: move it away, or set COUNTERSIGN_DATA_DIR to another`,
      )
    default:
      return new StoreFault(
        `the store in \`${directory}\` does not open (${String(message ?? error)}): restore it from a backup, or set COUNTERSIGN_DATA_DIR to an empty directory`,
      )
  }
}
