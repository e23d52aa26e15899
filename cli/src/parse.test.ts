import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commands } from './commands.ts'
import { nameOf } from './command.ts'
import { UsageError } from './failure.ts'
import { parse } from './parse.ts'

const understood = [
  ['', 'help'],
  ['--help', 'help'],
  ['help decisions show', 'help'],
  ['decisions --help', 'help'],
  ['decisions tail -h --verdict deny', 'help'],
  ['--version', 'version'],
  ['-V', 'version'],
  ['up', 'run up'],
  ['up --json --verbose --data-dir /srv', 'run up'],
  ['decisions tail --verdict=step-up --last 0', 'run decisions tail'],
  ['decisions show --json dec_1', 'run decisions show'],
  ['gateway --enrol -', 'run gateway'],
] as const

test('a well-formed command line is understood', () => {
  for (const [line, expected] of understood) {
    const parsed = parse(words(line), commands)
    const found = parsed.kind === 'run' ? `run ${nameOf(parsed.command)}` : parsed.kind
    assert.equal(found, expected, line)
  }
})

test('options have their values, and their defaults where they are not given', () => {
  const parsed = parse(words('decisions tail --verdict deny --own --last 3'), commands)
  assert.equal(parsed.kind, 'run')
  assert.deepEqual(parsed.given.options, {
    verdict: 'deny',
    principal: undefined,
    application: undefined,
    own: true,
    last: 3,
    'data-dir': undefined,
    json: false,
    help: false,
  })
})

const refused = [
  ['decisons', 'there is no command `decisons`; did you mean `decisions`?'],
  ['stauts', 'there is no command `stauts`; did you mean `status`?'],
  ['frobnicate', 'there is no command `frobnicate`'],
  ['help decisons', 'there is no command `decisons`; did you mean `decisions`?'],
  ['decisions', '`decisions` needs a verb: tail or show'],
  ['decisions tial', '`decisions` knows no verb `tial`; did you mean `tail`?'],
  ['--json status', '`--json` stands before the command: write options after it'],
  ['status --jsn', '`status` knows no option `--jsn`; did you mean `--json`?'],
  ['status -x', '`status` knows no option `-x`'],
  ['status --json --json', '`--json` is given twice'],
  ['status --json=yes', '`--json` takes no value'],
  ['status --data-dir', '`--data-dir` needs a value: --data-dir <dir>'],
  ['status --data-dir --json', '`--data-dir` needs a value: --data-dir <dir>'],
  ['status --data-dir=', '`--data-dir` needs a value: --data-dir <dir>'],
  [
    'decisions tail --verdict denied',
    '`--verdict` is `denied`, expected `allow` or `deny` or `step-up`',
  ],
  ['decisions tail --last 501', '`--last` is `501`, expected a whole number up to 500'],
  ['decisions tail --last -1', '`--last` needs a value: --last <number>'],
  ['decisions tail --last 1e2', '`--last` is `1e2`, expected a whole number up to 500'],
  ['decisions show a b', '`b` is one word too many'],
  ['status \u001b[2J', '`\\u{1b}[2J` is one word too many'],
] as const

test('a wrong command line is refused in words that name the wrong word', () => {
  for (const [line, message] of refused) {
    assert.throws(
      () => parse(words(line), commands),
      (error) => {
        assert.ok(error instanceof UsageError, line)
        assert.equal(error.message, message)
        assert.match(error.usage, /^countersign /)
        return true
      },
    )
  }
})

test('a command that needs a word says which', () => {
  assert.throws(() => parse(['decisions', 'show'], commands), /needs the id of a decision/)
})

function words(line: string): string[] {
  return line === '' ? [] : line.split(' ')
}
