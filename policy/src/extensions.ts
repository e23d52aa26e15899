// Every function and method that Cedar's extension types offer, one row each: how many arguments,
// and what it computes. The compiler, the reference evaluator and the JSON reader share this table.
import { Ip, parseIp } from './ipaddr.ts'
import type { Long } from './long.ts'
import {
  DAY_MS,
  Datetime,
  Decimal,
  Duration,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  parseDatetime,
  parseDecimal,
  parseDuration,
} from './quantities.ts'
import { Failure, typeName } from './values.ts'
import type { Result, Value } from './values.ts'

export interface ExtensionFunction {
  readonly arity: 1 | 2
  /** Reads a text into the type, as opposed to asking something of a value. */
  readonly constructs: boolean
  call(self: Value, argument: Value): Result
}

export const EXTENSIONS: ReadonlyMap<string, ExtensionFunction> = new Map([
  ['ip', reader('an IP address', parseIp)],
  ['decimal', reader('a decimal', parseDecimal)],
  ['datetime', reader('a datetime', parseDatetime)],
  ['duration', reader('a duration', parseDuration)],

  ['isIpv4', question(Ip, (ip) => ip.version === 4)],
  ['isIpv6', question(Ip, (ip) => ip.version === 6)],
  ['isLoopback', question(Ip, (ip) => ip.isLoopback())],
  ['isMulticast', question(Ip, (ip) => ip.isMulticast())],
  ['isInRange', pair(Ip, Ip, (ip, range) => ip.isInRange(range))],

  ['lessThan', pair(Decimal, Decimal, (a, b) => a.tenThousandths < b.tenThousandths)],
  ['lessThanOrEqual', pair(Decimal, Decimal, (a, b) => a.tenThousandths <= b.tenThousandths)],
  ['greaterThan', pair(Decimal, Decimal, (a, b) => a.tenThousandths > b.tenThousandths)],
  ['greaterThanOrEqual', pair(Decimal, Decimal, (a, b) => a.tenThousandths >= b.tenThousandths)],

  ['offset', pair(Datetime, Duration, (moment, by) => moment.offset(by))],
  ['durationSince', pair(Datetime, Datetime, (moment, earlier) => moment.durationSince(earlier))],
  ['toDate', question(Datetime, (moment) => moment.toDate())],
  ['toTime', question(Datetime, (moment) => moment.toTime())],

  ['toMilliseconds', question(Duration, (length): Long => length.ms)],
  ['toSeconds', question(Duration, (length) => length.in(SECOND_MS))],
  ['toMinutes', question(Duration, (length) => length.in(MINUTE_MS))],
  ['toHours', question(Duration, (length) => length.in(HOUR_MS))],
  ['toDays', question(Duration, (length) => length.in(DAY_MS))],
])

type Constructor<T> = abstract new (...args: never[]) => T

function reader(noun: string, parse: (text: string) => Value | undefined): ExtensionFunction {
  return {
    arity: 1,
    constructs: true,
    call(text) {
      if (typeof text !== 'string') return mistyped('string', text)
      return parse(text) ?? new Failure(`\`${text}\` is not ${noun}`)
    },
  }
}

function question<T>(type: Constructor<T>, ask: (self: T) => Value | undefined): ExtensionFunction {
  return {
    arity: 1,
    constructs: false,
    call: (self) => (self instanceof type ? (ask(self) ?? OVERFLOW) : mistyped(nameOf(type), self)),
  }
}

function pair<T, U>(
  type: Constructor<T>,
  other: Constructor<U>,
  ask: (self: T, argument: U) => Value | undefined,
): ExtensionFunction {
  return {
    arity: 2,
    constructs: false,
    call(self, argument) {
      if (!(self instanceof type)) return mistyped(nameOf(type), self)
      if (!(argument instanceof other)) return mistyped(nameOf(other), argument)
      return ask(self, argument) ?? OVERFLOW
    },
  }
}

const OVERFLOW = new Failure('the result does not fit in 64 bits')

function nameOf(type: { readonly name: string }): string {
  return type.name === 'Ip' ? 'ipaddr' : type.name.toLowerCase()
}

/** The failure of an operation that found a value of the wrong type. */
export function mistyped(expected: string, found: Value): Failure {
  return new Failure(`expected ${expected}, found ${typeName(found)}`)
}
