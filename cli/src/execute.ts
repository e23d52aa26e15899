// One run of the command line, from its words to its exit code.
import type { AnyCommand } from './command.ts'
import { exits } from './exit.ts'
import { failureJson, failureOf, UsageError } from './failure.ts'
import { helpText } from './help.ts'
import { parse } from './parse.ts'
import type { World } from './world.ts'

export interface Product {
  readonly version: string
  readonly commands: readonly AnyCommand[]
}

/** Does what the words say, and answers the exit code. Never throws. */
export async function execute(
  argv: readonly string[],
  { version, commands }: Product,
  world: World,
): Promise<number> {
  try {
    const parsed = parse(argv, commands)
    switch (parsed.kind) {
      case 'help':
        world.stdout.write(helpText(parsed.about, commands, world.stdout.paint))
        return exits.ok.code
      case 'version':
        world.stdout.write(`countersign ${version}\n`)
        return exits.ok.code
      case 'run':
        return exits[await parsed.command.run(parsed.given, world)].code
    }
  } catch (error) {
    const failure = failureOf(error)
    if (argv.includes('--json')) {
      world.stderr.write(`${JSON.stringify(failureJson(failure))}\n`)
    } else {
      const lines = [
        `${world.stderr.paint('bad', 'countersign:')} ${failure.message}`,
        ...(failure.remedy === undefined ? [] : [`  ${failure.remedy}`]),
        ...(failure instanceof UsageError ? [`  usage: ${failure.usage}`] : []),
      ]
      world.stderr.write(`${lines.join('\n')}\n`)
    }
    return exits[failure.exit].code
  }
}
