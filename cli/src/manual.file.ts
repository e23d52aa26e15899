// Writes the manual page of the command: `node cli/src/manual.file.ts`.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { commands } from './commands.ts'
import { manualPage } from './manual.ts'

export const manualPath: string = fileURLToPath(new URL('../../docs/cli.md', import.meta.url))

if (import.meta.main) writeFileSync(manualPath, manualPage(commands))
