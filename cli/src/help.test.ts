import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { allOptions, nameOf } from './command.ts'
import { commands } from './commands.ts'
import { exitRows } from './exit.ts'
import { helpText } from './help.ts'
import { manualPath } from './manual.file.ts'
import { manualPage } from './manual.ts'
import { plain } from './paint.ts'
import { parse } from './parse.ts'

test('the help of a command names everything it understands', () => {
  for (const command of commands) {
    const text = helpText([command], commands, plain)
    for (const name of Object.keys(allOptions(command))) {
      assert.ok(text.includes(`--${name}`), `${nameOf(command)} --${name}`)
    }
    for (const { line } of command.examples) assert.ok(text.includes(line), line)
    for (const { meaning } of exitRows) assert.ok(text.includes(meaning), meaning)
  }
})

test('the general help fits a terminal and lists every command', () => {
  const text = helpText(commands, commands, plain)
  for (const command of commands) assert.ok(text.includes(`  ${nameOf(command)}  `))
  for (const line of text.split('\n')) assert.ok(line.length <= 96, line)
})

test('each example is a command line that is understood', () => {
  for (const command of commands) {
    for (const { line } of command.examples) {
      const own = line.split('|').findLast((part) => part.includes('countersign')) ?? ''
      const words = own.trim().split(' ')
      const parsed = parse(words.slice(words.indexOf('countersign') + 1), commands)
      assert.equal(parsed.kind, 'run', line)
    }
  }
})

test('summaries read alike: lower case, no full stop', () => {
  for (const { summary, noun } of commands) assert.match(summary, /^[a-z].*[^.]$/, noun)
})

test('the manual page is what the table says; `node cli/src/manual.file.ts` writes it', () => {
  assert.equal(readFileSync(manualPath, 'utf8'), manualPage(commands))
})
