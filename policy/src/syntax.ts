// The shape in which a policy travels: Cedar's own JSON format inside an envelope that remembers
// where the text came from and how far the policy has been rolled out. Plain JSON throughout, so
// that it survives a signed feed, a database column and `JSON.parse` without a codec.

/** A Cedar entity's name: its type and its id within that type. */
export interface EntityUid {
  readonly type: string
  readonly id: string
}

/**
 * A place in a source file. `offset` and `length` count UTF-16 code units, so that
 * `text.slice(offset, offset + length)` is the place; `line` and `column` start at 1.
 */
export interface Span {
  readonly line: number
  readonly column: number
  readonly offset: number
  readonly length: number
}

/** How far a policy has been rolled out: seen only, binding for some, or binding for everyone. */
export type Stage =
  | { readonly kind: 'observe' }
  | { readonly kind: 'pilot'; readonly populations: readonly EntityUid[] }
  | { readonly kind: 'enforce' }

/** One static policy, or a linked template, as it is stored, signed and compiled. */
export interface PolicySyntax {
  readonly id: string
  /** The policy's own Cedar source, from its first annotation to its semicolon. */
  readonly text: string
  readonly annotations: Readonly<Record<string, string>>
  readonly est: EstPolicy
  /** Where `text` stands in its file. */
  readonly span: Span
  readonly file?: string
  readonly stage: Stage
}

/** A policy with slots, to be filled by `linkTemplate`. Its `est` still holds `slot` scopes. */
export interface TemplateSyntax extends Omit<PolicySyntax, 'stage'> {
  readonly stage: Stage
  readonly slots: readonly SlotName[]
}

export type SlotName = '?principal' | '?resource'

/** Cedar's JSON policy format (the "external syntax tree") for one policy. */
export interface EstPolicy {
  readonly effect: 'permit' | 'forbid'
  readonly principal: EstScope
  readonly action: EstActionScope
  readonly resource: EstScope
  readonly conditions: readonly EstClause[]
  readonly annotations?: Readonly<Record<string, string | null>>
}

export type EstEntity = EntityUid | { readonly __entity: EntityUid }

export type EstScope =
  | { readonly op: 'All' }
  | { readonly op: '=='; readonly entity: EstEntity }
  | { readonly op: '=='; readonly slot: string }
  | { readonly op: 'in'; readonly entity: EstEntity }
  | { readonly op: 'in'; readonly slot: string }
  | {
      readonly op: 'is'
      readonly entity_type: string
      readonly in?: { readonly entity: EstEntity } | { readonly slot: string }
    }

export type EstActionScope =
  | { readonly op: 'All' }
  | { readonly op: '=='; readonly entity: EstEntity }
  | { readonly op: 'in'; readonly entity: EstEntity }
  | { readonly op: 'in'; readonly entities: readonly EstEntity[] }

export interface EstClause {
  readonly kind: 'when' | 'unless'
  readonly body: EstExpr
}

/**
 * An expression: an object with one key, the operator. Long literals beyond ±(2^53 - 1) are written
 * `{ "Value": { "__long": "9007199254740993" } }`, because `JSON.parse` would round the digits.
 */
export type EstExpr = { readonly [operator: string]: EstNode }

export type EstNode =
  | string
  | number
  | boolean
  | null
  | readonly EstNode[]
  | { readonly [key: string]: EstNode }

/** The principal, action and resource of a question, with the facts of the moment. */
export interface Scope {
  readonly principal: EntityUid
  readonly action: EntityUid
  readonly resource: EntityUid
}
