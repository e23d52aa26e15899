// The product's own policies, as they lie beside the program.
import { readdir, readFile } from 'node:fs/promises'
import { ownPoliciesPrefix } from './names.ts'
import type { PolicyFile } from './release.ts'

const directory = new URL('../../policies/', import.meta.url)

/** Reads the product's own policies, by file name. */
export async function ownPolicyFiles(): Promise<readonly PolicyFile[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.cedar')).sort()
  return Promise.all(
    names.map(async (name) => ({
      name: ownPoliciesPrefix + name,
      text: await readFile(new URL(name, directory), 'utf8'),
    })),
  )
}
