// Reading attributes: `principal.department`, `context.device has os`. What most conditions do most,
// so a read that starts at a variable has its own short way.
import type { Expr } from './ast.ts'
import type { Compiled } from './compile.ts'
import type { EntityStore } from './entities.ts'
import { mistyped } from './extensions.ts'
import { unknownEntity } from './operators.ts'
import { Entity, Failure, RecordValue } from './values.ts'
import type { Result } from './values.ts'

/** `left.name`, where `owner` is `left` compiled. */
export function attribute(left: Expr, owner: Compiled, name: string): Compiled {
  const missing = new Failure(`the record does not have the attribute \`${name}\``)
  const start = left.kind === 'var' ? left.name : undefined
  switch (start) {
    case 'context':
      return ({ context }) => context.get(name) ?? missing
    case 'principal':
      return ({ principal, store }) => attributeOf(principal, name, store)
    case 'resource':
      return ({ resource, store }) => attributeOf(resource, name, store)
    case 'action':
    case undefined:
      return (env) => {
        const value = owner(env)
        if (value instanceof RecordValue) return value.get(name) ?? missing
        if (value instanceof Entity) return attributeOf(value, name, env.store)
        return value instanceof Failure ? value : mistyped('record or entity', value)
      }
  }
}

function attributeOf(named: Entity, name: string, store: EntityStore): Result {
  const entity = named.home === store ? named : store.own(named)
  const member = entity.attrs.get(name)
  if (member !== undefined) return member
  if (!entity.present) return unknownEntity(entity)
  return new Failure(`\`${entity.shown}\` does not have the attribute \`${name}\``)
}

/** `owner has a.b.c`. */
export function presence(owner: Compiled, path: readonly string[]): Compiled {
  return (env) => {
    let value: Result | undefined = owner(env)
    for (const name of path) {
      if (value instanceof RecordValue) value = value.get(name)
      else if (value instanceof Entity) value = env.store.own(value).attrs.get(name)
      else return value instanceof Failure ? value : mistyped('record or entity', value)
      if (value === undefined) return false
    }
    return true
  }
}
