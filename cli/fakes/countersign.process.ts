// The command with the programs of `fakes/home` in place of the real ones, as a process.
import { join } from 'node:path'
import { commands } from '#commands'
import { execute } from '#execute'
import { processWorld } from '#world.process'

const world = processWorld(join(import.meta.dirname, 'home'))
process.exitCode = await execute(process.argv.slice(2), { version: '0', commands }, world)
