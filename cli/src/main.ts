// The `countersign` command: wires the table of commands to this process.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { commands } from './commands.ts'
import { execute } from './execute.ts'
import { processWorld } from './world.process.ts'

const home = join(import.meta.dirname, '..', '..')
const manifest: unknown = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'),
)
const { version } = z.object({ version: z.string() }).parse(manifest)

// Set rather than passed to `exit`, so that everything written reaches its reader first.
process.exitCode = await execute(process.argv.slice(2), { version, commands }, processWorld(home))
