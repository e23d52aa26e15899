// Values and names as Cedar source writes them, for people who read policies.
import { isObject } from '@countersign/policy/json'
import type { ValueJson } from '@countersign/policy/json'
import { stringifyJson } from '@countersign/policy/lossless-json'
import type { EntityUid } from '@countersign/policy/syntax'
import { characters, printable } from '#paint'

/** `User::"ann"` */
export function uidText({ type, id }: EntityUid): string {
  return printable(`${type}::${JSON.stringify(id)}`)
}

const shownMaxCharacters = 200

/** A value in Cedar's JSON convention as source, on one line, cut when it is long. */
export function valueText(value: ValueJson): string {
  const text = characters(printable(sourceOf(value)))
  return text.length > shownMaxCharacters
    ? `${text.slice(0, shownMaxCharacters).join('')}…`
    : text.join('')
}

function sourceOf(value: ValueJson): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${(value as readonly ValueJson[]).map(sourceOf).join(', ')}]`
  if (!isObject(value)) return stringifyJson(value)
  const { __entity: entity, __extn: call } = value
  if (isObject(entity)) return `${plain(entity['type'])}::${JSON.stringify(entity['id'])}`
  if (isObject(call)) return callOf(call)
  const members = Object.entries(value as Readonly<Record<string, ValueJson>>)
  return `{${members.map(([name, member]) => `${nameOf(name)}: ${sourceOf(member)}`).join(', ')}}`
}

function callOf(call: { readonly [name: string]: unknown }): string {
  const args = (Array.isArray(call['args']) ? call['args'] : [call['arg']]) as ValueJson[]
  return `${plain(call['fn'])}(${args.map(sourceOf).join(', ')})`
}

function plain(name: unknown): string {
  return typeof name === 'string' ? name : '?'
}

function nameOf(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : JSON.stringify(name)
}
