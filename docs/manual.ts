// Writes the generated pages of the documentation: `npm run manual`.
import { writeFile } from 'node:fs/promises'
import { settingsManual } from '@countersign/contract/settings'
import { vocabulary } from '@countersign/contract/vocabulary'

const pages: Readonly<Record<string, string>> = {
  'settings.md': settingsManual(),
  'vocabulary.cedarschema': vocabulary,
}

for (const [name, text] of Object.entries(pages))
  await writeFile(new URL(name, import.meta.url), text)
