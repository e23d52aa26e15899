// Help, from the table of commands. The manual page says the same in Markdown.
import { allOptions, type AnyCommand, type ArgumentRow, nameOf, type OptionRow } from './command.ts'
import { exitRows } from './exit.ts'
import { aligned, type Paint } from './paint.ts'

export const purpose =
  'Countersign decides every access with the facts of this moment and enforces the answer where the traffic already flows.'

/** Where else a command looks: said once in the general help and once in the manual. */
export const environmentNotes: readonly string[] = [
  'Settings are environment variables (`COUNTERSIGN_...`); docs/settings.md lists them. `NO_COLOR` switches colours off.',
]

/** Help about all commands, one noun, or one command. */
export function helpText(
  about: readonly AnyCommand[],
  all: readonly AnyCommand[],
  paint: Paint,
): string {
  const [command] = about
  return about.length === 1 && command ? commandHelp(command, paint) : listHelp(about, all, paint)
}

/** `countersign decisions show <decision> [options]` */
export function usageLine(command: AnyCommand): string {
  const words = (command.arguments ?? []).map(argumentLabel)
  return ['countersign', nameOf(command), ...words, '[options]'].join(' ')
}

/** `<decision>`, or `[path...]` for any number of words. */
export function argumentLabel({ name, many }: ArgumentRow): string {
  return many === true ? `[${name}...]` : `<${name}>`
}

/** `--verdict <verdict>` */
export function optionLabel(name: string, row: OptionRow): string {
  const short = name === 'help' ? '-h, ' : ''
  return row.type === 'flag' ? `${short}--${name}` : `--${name} <${row.value}>`
}

/** What the option does, with its choices and default. */
export function optionMeaning(row: OptionRow): string {
  switch (row.type) {
    case 'flag':
    case 'text':
      return row.meaning
    case 'count':
      return `${row.meaning}; ${row.default} unless said, at most ${row.max}`
    case 'choice':
      return `${row.meaning}: ${row.choices.join(', ')}`
  }
}

function listHelp(about: readonly AnyCommand[], all: readonly AnyCommand[], paint: Paint): string {
  const everything = about.length === all.length
  const noun = everything ? '<command>' : `${about[0]?.noun ?? ''} <verb>`
  return sections(paint, [
    ...(everything ? [{ lines: wrapped(purpose, '') }] : []),
    { lines: [`${paint('strong', 'Usage')}  countersign ${noun} [options]`] },
    {
      title: 'Commands',
      lines: indented(about.map((command) => [nameOf(command), command.summary])),
    },
    ...(everything ? [exitSection(), { lines: wrapped(environmentNotes.join(' '), '') }] : []),
    { lines: [`\`countersign ${everything ? '<command>' : noun} --help\` says more about one.`] },
  ])
}

function commandHelp(command: AnyCommand, paint: Paint): string {
  const args = command.arguments ?? []
  return sections(paint, [
    {
      lines: wrapped(
        `${sentence(command.summary)} ${(command.details ?? []).join(' ')}`.trim(),
        '',
      ),
    },
    { lines: [`${paint('strong', 'Usage')}  ${usageLine(command)}`] },
    ...(args.length === 0
      ? []
      : [
          {
            title: 'Arguments',
            lines: indented(args.map((row) => [argumentLabel(row), row.meaning])),
          },
        ]),
    {
      title: 'Options',
      lines: indented(
        Object.entries(allOptions(command)).map(([name, row]) => [
          optionLabel(name, row),
          optionMeaning(row),
        ]),
      ),
    },
    {
      title: 'Examples',
      lines: command.examples.flatMap(({ line, meaning }) => [
        `  ${paint('quiet', `# ${meaning}`)}`,
        `  ${line}`,
      ]),
    },
    exitSection(),
  ])
}

interface Section {
  readonly title?: string
  readonly lines: readonly string[]
}

function exitSection(): Section {
  return {
    title: 'Exit codes',
    lines: indented(exitRows.map(({ code, meaning }) => [String(code), meaning])),
  }
}

function sections(paint: Paint, items: readonly Section[]): string {
  return items
    .map(({ title, lines }) =>
      [...(title === undefined ? [] : [paint('strong', title)]), ...lines, ''].join('\n'),
    )
    .join('\n')
}

const lineMaxCharacters = 96

/** A two-column list, the second column wrapped and hanging. */
function indented(rows: readonly (readonly [string, string])[]): string[] {
  const labelWidth = Math.max(...rows.map(([label]) => label.length)) + 4
  return rows.flatMap(([label, meaning]) => {
    const [first = '', ...rest] = wrapped(meaning, ' '.repeat(labelWidth))
    const head = aligned(
      [[`  ${label}`.padEnd(labelWidth), first.trimStart()]],
      (_, text) => text,
      0,
    )
    return [...head, ...rest]
  })
}

function wrapped(text: string, indent: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > lineMaxCharacters) {
      lines.push(indent + line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, indent + line]
}

/** A summary as a sentence of its own. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
