// The two-sided operators, one row each: how to compile `left op right` once both sides are compiled.
import type { BinaryKind } from './ast.ts'
import type { Compiled, Env } from './compile.ts'
import { mistyped } from './extensions.ts'
import { addLong, isLong, multiplyLong, subtractLong } from './long.ts'
import type { Long } from './long.ts'
import { Datetime, Duration } from './quantities.ts'
import { Entity, Failure, SetValue, equal } from './values.ts'
import type { Result, Value } from './values.ts'

export type BinaryCompiler = (left: Compiled, right: Compiled) => Compiled

export const BINARY_OPERATORS = {
  '==': equality(true),
  '!=': equality(false),
  '<': comparison((left, right) => left < right),
  '<=': comparison((left, right) => left <= right),
  '>': comparison((left, right) => left > right),
  '>=': comparison((left, right) => left >= right),
  '+': arithmetic(addLong),
  '-': arithmetic(subtractLong),
  '*': arithmetic(multiplyLong),
  in: bothSides((left, right, env) => {
    if (!(left instanceof Entity)) return mistyped('entity', left)
    if (right instanceof Entity) return env.store.isIn(left, right)
    if (!(right instanceof SetValue)) return mistyped('entity or set of entities', right)
    const stranger = right.firstNonEntity()
    if (stranger !== undefined) return mistyped('entity', stranger)
    for (const group of right.entities()) if (env.store.isIn(left, group)) return true
    return false
  }),
  contains: bothSides((left, right) =>
    left instanceof SetValue ? left.has(right) : mistyped('set', left),
  ),
  containsAll: twoSets((left, right) => left.hasAll(right)),
  containsAny: twoSets((left, right) => left.hasAny(right)),
  getTag: bothSides((left, right, env) => {
    if (!(left instanceof Entity)) return mistyped('entity', left)
    if (typeof right !== 'string') return mistyped('string', right)
    const entity = env.store.own(left)
    if (!entity.present) return unknownEntity(entity)
    return (
      entity.tags.get(right) ??
      new Failure(`\`${entity.shown}\` does not have the tag \`${right}\``)
    )
  }),
  hasTag: bothSides((left, right, env) => {
    if (!(left instanceof Entity)) return mistyped('entity', left)
    if (typeof right !== 'string') return mistyped('string', right)
    return env.store.own(left).tags.has(right)
  }),
} satisfies Record<BinaryKind, BinaryCompiler>

function equality(wanted: boolean): BinaryCompiler {
  return (left, right) => (env) => {
    const first = left(env)
    if (first instanceof Failure) return first
    const second = right(env)
    if (second instanceof Failure) return second
    return (first === second || equal(first, second)) === wanted
  }
}

function comparison(holds: (left: Long, right: Long) => boolean): BinaryCompiler {
  const compare = (left: Value, right: Value): Result => {
    if (typeof left === 'number' && typeof right === 'number') return holds(left, right)
    if (isLong(left)) return isLong(right) ? holds(left, right) : mistyped('long', right)
    if (left instanceof Datetime) {
      return right instanceof Datetime
        ? holds(left.epochMs, right.epochMs)
        : mistyped('datetime', right)
    }
    if (left instanceof Duration) {
      return right instanceof Duration ? holds(left.ms, right.ms) : mistyped('duration', right)
    }
    return mistyped('long, datetime or duration', left)
  }
  return bothSides(compare)
}

function arithmetic(compute: (left: Long, right: Long) => Long | undefined): BinaryCompiler {
  return bothSides((left, right) => {
    if (!isLong(left)) return mistyped('long', left)
    if (!isLong(right)) return mistyped('long', right)
    return compute(left, right) ?? OVERFLOW
  })
}

function twoSets(ask: (left: SetValue, right: SetValue) => boolean): BinaryCompiler {
  return bothSides((left, right) => {
    if (!(left instanceof SetValue)) return mistyped('set', left)
    return right instanceof SetValue ? ask(left, right) : mistyped('set', right)
  })
}

/** Evaluates both sides, left first, and gives up at the first failure. */
export function bothSides(
  compute: (left: Value, right: Value, env: Env) => Result,
): BinaryCompiler {
  return (left, right) => (env) => {
    const first = left(env)
    if (first instanceof Failure) return first
    const second = right(env)
    return second instanceof Failure ? second : compute(first, second, env)
  }
}

export const OVERFLOW = new Failure('the result does not fit in 64 bits')

export function notBool(value: Result): Failure {
  return value instanceof Failure ? value : mistyped('bool', value)
}

export function unknownEntity(entity: Entity): Failure {
  return new Failure(`nothing is known about \`${entity.shown}\``)
}
