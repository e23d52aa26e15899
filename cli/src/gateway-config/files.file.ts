// Reading the secret, and writing configurations that hold it: nobody else may read them.
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConfigFile } from '@countersign/contract/proxy-config/files'
import { Failure } from '#failure'

/** The text of a file. Throws `Failure` where it cannot be read. */
export async function readSecret(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Failure('usage', `\`${path}\` cannot be read (${codeOf(error)})`, 'check its path')
  }
}

/** Writes the files, for their owner alone; gives their paths. */
export async function writeFiles(
  files: readonly ConfigFile[],
  directory: string,
): Promise<readonly string[]> {
  const paths: string[] = []
  try {
    await mkdir(directory, { recursive: true })
    for (const { name, text } of files) {
      const path = join(directory, name)
      const file = await open(path, 'w', ownerOnly)
      try {
        // The mode counts only for a new file.
        await file.chmod(ownerOnly)
        await file.writeFile(text)
      } finally {
        await file.close()
      }
      paths.push(path)
    }
    return paths
  } catch (error) {
    throw new Failure(
      'usage',
      `nothing can be written into \`${directory}\` (${codeOf(error)})`,
      'choose another folder with `--output`',
    )
  }
}

const ownerOnly = 0o600

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'no reason given'
}
