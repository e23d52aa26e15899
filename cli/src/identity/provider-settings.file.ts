// What an administrator wrote down about an identity provider.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Failure } from '#failure'

const settingsMaxCharacters = 256 * 1024

/** The members of the JSON object in a file. @throws Failure where there is none. */
export async function providerSettings(
  directory: string,
  path: string,
): Promise<Readonly<Record<string, unknown>>> {
  const fault = (why: string): Failure =>
    new Failure('usage', `\`${path}\` cannot be used: ${why}`, 'docs/sign-in.md shows one')
  let value: unknown
  try {
    const text = await readFile(resolve(directory, path), 'utf8')
    if (text.length > settingsMaxCharacters) throw new RangeError('it is too long')
    value = JSON.parse(text)
  } catch (error) {
    throw fault(error instanceof Error ? error.message : String(error))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fault('it is not a JSON object')
  }
  return { ...value }
}
