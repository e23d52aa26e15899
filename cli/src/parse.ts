// From the words of the command line to a command with its options, or to a message that says
// which word is wrong.
import { parseArgs } from 'node:util'
import {
  type AnyCommand,
  type Given,
  allOptions,
  nameOf,
  type OptionRow,
  type OptionTable,
} from './command.ts'
import { UsageError } from './failure.ts'
import { usageLine } from './help.ts'
import { printable } from './paint.ts'
import { didYouMean } from './suggest.ts'

export type Parsed =
  | { readonly kind: 'run'; readonly command: AnyCommand; readonly given: Given }
  | { readonly kind: 'help'; readonly about: readonly AnyCommand[] }
  | { readonly kind: 'version' }

const generalUsage = 'countersign <command> [options]; `countersign --help` lists the commands'

/**
 * Understands a command line.
 * @throws UsageError naming the word that is wrong.
 */
export function parse(argv: readonly string[], commands: readonly AnyCommand[]): Parsed {
  const [first] = argv
  if (first === undefined || isHelp(first)) return { kind: 'help', about: commands }
  if (first === '--version' || first === '-V') return { kind: 'version' }
  if (first === 'help') return { kind: 'help', about: topic(argv.slice(1), commands) }
  if (first.startsWith('-')) {
    throw new UsageError(
      `\`${printableWord(first)}\` stands before the command: write options after it`,
      generalUsage,
    )
  }

  const ofNoun = commands.filter(({ noun }) => noun === first)
  if (ofNoun.length === 0) throw unknownCommand(first, commands)
  const second = argv[1]
  const alone = ofNoun.find(({ verb }) => verb === undefined)
  if (alone && !ofNoun.some(({ verb }) => verb !== undefined && verb === second)) {
    return parseOptions(alone, argv.slice(1))
  }

  const verbs = ofNoun.flatMap(({ verb }) => verb ?? [])
  const usage = `countersign ${first} <${verbs.join('|')}> [options]`
  if (second === undefined) {
    throw new UsageError(`\`${first}\` needs a verb: ${verbs.join(' or ')}`, usage)
  }
  if (isHelp(second)) return { kind: 'help', about: ofNoun }
  const command = ofNoun.find(({ verb }) => verb === second)
  if (!command) {
    throw new UsageError(
      `\`${first}\` knows no verb \`${printableWord(second)}\`${didYouMean(second, verbs)}`,
      usage,
    )
  }
  return parseOptions(command, argv.slice(2))
}

function parseOptions(command: AnyCommand, args: readonly string[]): Parsed {
  const usage = usageLine(command)
  const table = allOptions(command)
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(table).map(([name, row]) => [
        name,
        { type: row.type === 'flag' ? 'boolean' : 'string', ...shortOf(name) },
      ]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  })

  const values = new Map<string, string | boolean | number>()
  const words: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    const row = Object.hasOwn(table, token.name) ? table[token.name] : undefined
    if (!row) {
      const names = Object.keys(table).map((name) => `--${name}`)
      throw new UsageError(
        `\`${nameOf(command)}\` knows no option \`${printableWord(token.rawName)}\`${didYouMean(token.rawName, names)}`,
        usage,
      )
    }
    if (values.has(token.name)) throw new UsageError(`\`--${token.name}\` is given twice`, usage)
    values.set(token.name, valueOf(token.name, row, token, usage))
  }
  if (values.get('help') === true) return { kind: 'help', about: [command] }

  const expected = command.arguments ?? []
  const missing = expected[words.length]
  if (missing && missing.many !== true) {
    throw new UsageError(`\`${nameOf(command)}\` needs the ${missing.meaning}`, usage)
  }
  const extra = expected.at(-1)?.many === true ? undefined : words[expected.length]
  if (extra !== undefined) {
    throw new UsageError(`\`${printableWord(extra)}\` is one word too many`, usage)
  }
  return { kind: 'run', command, given: { options: withDefaults(table, values), words } }
}

interface OptionToken {
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

function valueOf(
  name: string,
  row: OptionRow,
  { value, inlineValue }: OptionToken,
  usage: string,
): string | boolean | number {
  if (row.type === 'flag') {
    if (value !== undefined) throw new UsageError(`\`--${name}\` takes no value`, usage)
    return true
  }
  if (value === undefined || value === '' || (inlineValue !== true && /^-./.test(value))) {
    throw new UsageError(`\`--${name}\` needs a value: --${name} <${row.value}>`, usage)
  }
  switch (row.type) {
    case 'text':
      return value
    case 'count': {
      const count = Number(value)
      if (!/^\d{1,9}$/.test(value) || count > row.max) {
        throw new UsageError(
          `\`--${name}\` is \`${printableWord(value)}\`, expected a whole number up to ${row.max}`,
          usage,
        )
      }
      return count
    }
    case 'choice':
      if (!row.choices.includes(value)) {
        throw new UsageError(
          `\`--${name}\` is \`${printableWord(value)}\`, expected ${row.choices.map((it) => `\`${it}\``).join(' or ')}${didYouMean(value, row.choices)}`,
          usage,
        )
      }
      return value
  }
}

function withDefaults(
  table: OptionTable,
  values: ReadonlyMap<string, string | boolean | number>,
): Given['options'] {
  return Object.fromEntries(
    Object.entries(table).map(([name, row]) => [name, values.get(name) ?? fallback(row)]),
  )
}

function fallback(row: OptionRow): boolean | number | undefined {
  if (row.type === 'flag') return false
  return row.type === 'count' ? row.default : undefined
}

function topic(words: readonly string[], commands: readonly AnyCommand[]): readonly AnyCommand[] {
  const [noun, verb] = words
  if (noun === undefined) return commands
  const ofNoun = commands.filter((command) => command.noun === noun)
  if (ofNoun.length === 0) throw unknownCommand(noun, commands)
  const exact = ofNoun.filter((command) => command.verb === verb)
  return exact.length > 0 ? exact : ofNoun
}

function unknownCommand(word: string, commands: readonly AnyCommand[]): UsageError {
  const nouns = [...new Set(commands.map(({ noun }) => noun)), 'help']
  return new UsageError(
    `there is no command \`${printableWord(word)}\`${didYouMean(word, nouns)}`,
    generalUsage,
  )
}

function shortOf(name: string): { readonly short?: string } {
  return name === 'help' ? { short: 'h' } : {}
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h'
}

const wordMaxCharacters = 80

function printableWord(word: string): string {
  const text = printable(word)
  return text.length > wordMaxCharacters ? `${text.slice(0, wordMaxCharacters)}…` : text
}
