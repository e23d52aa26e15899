// What a command is: a row of a table. Parsing, help, usage errors and the manual page follow from
// the row; the code that does the work is loaded only when it runs.
import type { ExitName } from './exit.ts'
import type { World } from './world.ts'

export type OptionRow =
  | { readonly type: 'flag'; readonly meaning: string }
  | {
      readonly type: 'text'
      /** How help names the value. */
      readonly value: string
      readonly meaning: string
    }
  | {
      readonly type: 'count'
      readonly value: string
      readonly meaning: string
      readonly default: number
      readonly max: number
    }
  | {
      readonly type: 'choice'
      readonly value: string
      readonly meaning: string
      readonly choices: readonly string[]
    }

export type OptionTable = Readonly<Record<string, OptionRow>>

interface ValueOf {
  readonly flag: boolean
  readonly text: string | undefined
  readonly count: number
  readonly choice: string | undefined
}

type OptionValue<R extends OptionRow> = R extends {
  readonly type: 'choice'
  readonly choices: readonly (infer C)[]
}
  ? C | undefined
  : ValueOf[R['type']]

/** What the user gave: a value for every option, and the words after the command. */
export interface Given<O extends OptionTable = OptionTable> {
  readonly options: { readonly [K in keyof O]: OptionValue<O[K]> }
  readonly words: readonly string[]
}

/** A word after the command. */
export interface ArgumentRow {
  readonly name: string
  readonly meaning: string
  /** Any number of such words, also none. Only for the last row. */
  readonly many?: true
}

export interface ExampleRow {
  readonly line: string
  readonly meaning: string
}

export interface Command<O extends OptionTable = OptionTable> {
  readonly noun: string
  readonly verb?: string
  /** One line, starting with a verb. */
  readonly summary: string
  /** Further paragraphs for help and manual. */
  readonly details?: readonly string[]
  readonly arguments?: readonly ArgumentRow[]
  readonly options: O
  readonly examples: readonly ExampleRow[]
  /** Does the work. Throws a `Failure` where it cannot be done. */
  run(given: Given<O>, world: World): Promise<ExitName>
}

/** A command of the table. Its options are checked against its own rows. */
export type AnyCommand = Omit<Command, 'run'> & {
  run(given: Given, world: World): Promise<ExitName>
}

/** Declares a command and keeps the exact type of its options. */
export function defineCommand<const O extends OptionTable>(command: Command<O>): Command<O> {
  return command
}

/** `decisions show`: how the command is called. */
export function nameOf({ noun, verb }: Pick<Command, 'noun' | 'verb'>): string {
  return verb === undefined ? noun : `${noun} ${verb}`
}

/** The options of a command, with what every command understands. */
export function allOptions(command: Pick<Command, 'options'>): OptionTable {
  return { ...command.options, help: { type: 'flag', meaning: 'show this help' } }
}
