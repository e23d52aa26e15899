// Writes the generated pages of the documentation: `npm run manual`. A test compares them with
// what is committed, so a table and its page never disagree.
import { writeFile } from 'node:fs/promises'
import { pages } from './pages.ts'

for (const [name, text] of Object.entries(pages))
  await writeFile(new URL(name, import.meta.url), text)
