// Root certificates as makers of authenticators publish them: one or more in a file of PEM.
import { readFile } from 'node:fs/promises'
import { Failure } from '#failure'

/**
 * Reads every certificate in a file.
 * @throws Failure where it cannot be read, or holds none.
 */
export async function readRoots(path: string): Promise<readonly string[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    throw new Failure('usage', `\`${path}\` cannot be read`, 'name a file of certificates in PEM')
  }
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)
  if (!found) {
    throw new Failure(
      'usage',
      `\`${path}\` holds no certificate in PEM`,
      'name the file that the maker of the key publishes',
    )
  }
  return found
}
