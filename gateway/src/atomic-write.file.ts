// Files that must be whole or absent, whenever the power goes.
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'

/** Writes a file so that a reader finds either what was there before or all of what is new. */
export function writeAtomically(path: string, text: string): void {
  const file = openSync(`${path}.new`, 'w', 0o600)
  try {
    const bytes = Buffer.from(text)
    let written = 0
    while (written < bytes.length) written += writeSync(file, bytes, written)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.new`, path)
}
