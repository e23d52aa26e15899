// The ready policies of the demonstration, as they lie in `demo/policies`.
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export interface PolicyFile {
  readonly name: string
  readonly text: string
}

/** Every policy file, by name. */
export async function readPolicyFiles(): Promise<PolicyFile[]> {
  const folder = fileURLToPath(new URL('../policies/', import.meta.url))
  const names = (await readdir(folder)).filter((name) => name.endsWith('.cedar')).toSorted()
  return Promise.all(
    names.map(async (name) => ({ name, text: await readFile(`${folder}${name}`, 'utf8') })),
  )
}
