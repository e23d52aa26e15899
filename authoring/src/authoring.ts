// Cedar text to checked syntax. The official parser and validator say what is right; this module
// keeps what they lose: the order in the file, the place of every policy, `@id` and `@stage`.
import type { EstPolicy, PolicySyntax, SlotName, TemplateSyntax } from '@countersign/policy/syntax'
import { readAnswer, readSchemaArgument } from './answers.ts'
import type { ValidationAnswer } from './answers.ts'
import { diagnosticAt, fromEngine } from './diagnostics.ts'
import type { Diagnostic, EngineError, Piece, Source } from './diagnostics.ts'
import { piecesOf } from './pieces.ts'
import { Quarantine } from './quarantine.ts'
import type { EngineCall } from './quarantine.ts'
import { checkPopulations, stageOf } from './stages.ts'
import { readSchema } from '@countersign/policy/schema'
import type { SchemaJson } from '@countersign/policy/schema'
import { spanAt } from '@countersign/policy/lexer'

export type { Diagnostic } from './diagnostics.ts'

export interface AuthoringLimits {
  readonly sourceMaxBytes: number
  /** The time one question to the official engine may take. */
  readonly deadlineMs: number
  readonly memoryMaxMb: number
}

const LIMITS: AuthoringLimits = {
  sourceMaxBytes: 16 * 1024 * 1024,
  deadlineMs: 30_000,
  memoryMaxMb: 512,
}

export interface ParsedPolicies {
  readonly policies: PolicySyntax[]
  readonly templates: TemplateSyntax[]
  readonly diagnostics: Diagnostic[]
}

export interface ParseOptions {
  readonly file?: string
  /** A Cedar schema to validate against, strictly. */
  readonly schema?: string
}

/** Reads and checks Cedar text through the quarantined official engine. Call `close()` at the end. */
export class Authoring {
  readonly #limits: AuthoringLimits
  readonly #quarantine: Quarantine

  constructor(limits: Partial<AuthoringLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits }
    this.#quarantine = new Quarantine(this.#limits)
  }

  /**
   * Reads a file of policies and templates, in file order. A policy with an error is left out and
   * has a diagnostic; the others are read all the same.
   */
  async parsePolicies(text: string, options: ParseOptions = {}): Promise<ParsedPolicies> {
    const source = sourceOf(text, options.file)
    const tooBig = this.#refuseSize(source)
    if (tooBig !== undefined) return { policies: [], templates: [], diagnostics: [tooBig] }
    const { pieces, diagnostics } = piecesOf(source)
    const outcomes = await this.#quarantine.run(
      pieces.map((piece) => ({
        name: piece.isTemplate ? 'templateToJson' : 'policyToJson',
        args: [piece.text],
      })),
    )
    const policies: PolicySyntax[] = []
    const templates: TemplateSyntax[] = []
    for (const [index, piece] of pieces.entries()) {
      const est = readAnswer(outcomes[index], piece, 'policy.syntax', diagnostics) as
        | { readonly json: EstPolicy }
        | undefined
      if (est === undefined) continue
      const policy = toSyntax(piece, est.json, index, diagnostics)
      if (piece.isTemplate) templates.push({ ...policy, slots: slotsOf(est.json) })
      else policies.push(policy)
    }
    refuseSameIds([...policies, ...templates], source, diagnostics)
    if (options.schema !== undefined) {
      diagnostics.push(
        ...(await this.#validate(source, [...policies, ...templates], options.schema)),
      )
      const staged = [...policies, ...templates].filter(({ stage }) => stage.kind === 'pilot')
      // A schema that is wrong itself was reported by the validation.
      const { schema } = staged.length > 0 ? await this.parseSchema(options.schema) : {}
      if (schema !== undefined) {
        diagnostics.push(...checkPopulations(staged, readSchema(schema), source))
      }
    }
    diagnostics.sort((left, right) => left.span.offset - right.span.offset)
    return { policies, templates, diagnostics }
  }

  /** Reads a schema, in Cedar's schema language or its JSON form. */
  async parseSchema(
    text: string,
    file?: string,
  ): Promise<{ readonly schema?: SchemaJson; readonly diagnostics: Diagnostic[] }> {
    const source = sourceOf(text, file)
    const tooBig = this.#refuseSize(source)
    if (tooBig !== undefined) return { diagnostics: [tooBig] }
    const diagnostics: Diagnostic[] = []
    const piece = { text, offset: 0, source }
    const cedar = text.trimStart().startsWith('{')
      ? await this.#schemaText(piece, diagnostics)
      : text
    if (cedar === undefined) return { diagnostics }
    // Resolving alone would let through a name that shadows another.
    const [checked, resolved] = await this.#quarantine.run([
      { name: 'checkParseSchema', args: [cedar] },
      { name: 'schemaToJsonWithResolvedTypes', args: [cedar] },
    ])
    if (readAnswer(checked, piece, 'schema.syntax', diagnostics) === undefined) {
      return { diagnostics }
    }
    const answer = readAnswer(resolved, piece, 'schema.syntax', diagnostics) as
      | { readonly json: SchemaJson; readonly warnings: readonly EngineError[] }
      | undefined
    if (answer === undefined) return { diagnostics }
    diagnostics.push(...fromEngine(answer.warnings, piece, 'schema.warning', 'warning'))
    return { schema: answer.json, diagnostics }
  }

  /** Validates policies strictly against a schema. Both are Cedar text. */
  async validate(policies: string, schema: string, file?: string): Promise<Diagnostic[]> {
    const options = file === undefined ? { schema } : { schema, file }
    return (await this.parsePolicies(policies, options)).diagnostics
  }

  /** The policies in the official layout; comments stay. Undefined when they do not parse. */
  async format(
    text: string,
    file?: string,
  ): Promise<{ readonly text?: string; readonly diagnostics: Diagnostic[] }> {
    const { diagnostics } = await this.parsePolicies(text, file === undefined ? {} : { file })
    const errors = diagnostics.filter(
      ({ severity, code }) => severity === 'error' && code !== 'policy.duplicate-id',
    )
    if (errors.length > 0) return { diagnostics: errors }
    const call = { policyText: text, lineWidth: 100, indentWidth: 2 }
    const [outcome] = await this.#quarantine.run([{ name: 'formatPolicies', args: [call] }])
    const piece = { text, offset: 0, source: sourceOf(text, file) }
    const answer = readAnswer(outcome, piece, 'policy.format', errors) as
      | { readonly formatted_policy: string }
      | undefined
    return answer === undefined
      ? { diagnostics: errors }
      : { text: answer.formatted_policy, diagnostics: errors }
  }

  /** Ends the worker. A closed instance answers nothing. */
  async close(): Promise<void> {
    await this.#quarantine.close()
  }

  async #validate(
    source: Source,
    policies: readonly (PolicySyntax | TemplateSyntax)[],
    schema: string,
  ): Promise<Diagnostic[]> {
    const call: EngineCall = {
      name: 'validate',
      args: [
        {
          schema: readSchemaArgument(schema),
          policies: {
            staticPolicies: texts(policies, (policy) => !('slots' in policy)),
            templates: texts(policies, (policy) => 'slots' in policy),
          },
          validationSettings: { mode: 'strict' },
        },
      ],
    }
    const [outcome] = await this.#quarantine.run([call])
    const pieceOf = (policy: PolicySyntax | undefined): Piece => ({
      text: policy?.text ?? '',
      offset: policy?.span.offset ?? 0,
      source,
    })
    const diagnostics: Diagnostic[] = []
    const isAnswered = outcome?.kind === 'answered'
    const blamed = isAnswered ? { text: schema } : source
    const piece = { text: blamed.text, offset: 0, source: blamed }
    const answer = readAnswer(outcome, piece, 'schema.syntax', diagnostics) as
      | ValidationAnswer
      | undefined
    for (const { policyId, error } of answer?.validationErrors ?? []) {
      const policy = pieceOf(policies[Number(policyId)])
      diagnostics.push(...fromEngine([error], policy, 'policy.type', 'error'))
    }
    for (const { policyId, error } of answer?.validationWarnings ?? []) {
      const policy = pieceOf(policies[Number(policyId)])
      diagnostics.push(...fromEngine([error], policy, 'policy.warning', 'warning'))
    }
    return diagnostics
  }

  async #schemaText(piece: Piece, diagnostics: Diagnostic[]): Promise<string | undefined> {
    const schema = readSchemaArgument(piece.text)
    const [outcome] = await this.#quarantine.run([{ name: 'schemaToText', args: [schema] }])
    const answer = readAnswer(outcome, piece, 'schema.syntax', diagnostics) as
      | { readonly text: string }
      | undefined
    return answer?.text
  }

  #refuseSize(source: Source): Diagnostic | undefined {
    const bytes = Buffer.byteLength(source.text)
    if (bytes <= this.#limits.sourceMaxBytes) return undefined
    return diagnosticAt(
      source,
      { offset: 0, length: 0 },
      {
        severity: 'error',
        code: 'source.too-big',
        message: `the source has ${bytes} bytes, more than ${this.#limits.sourceMaxBytes}`,
        help: 'split it into several files',
      },
    )
  }
}

function sourceOf(text: string, file: string | undefined): Source {
  return file === undefined ? { text } : { text, file }
}

function toSyntax(
  piece: Piece,
  est: EstPolicy,
  index: number,
  diagnostics: Diagnostic[],
): PolicySyntax {
  const { text, offset, source } = piece
  const entries = Object.entries(est.annotations ?? {})
  const annotations = Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']))
  const stem =
    source.file === undefined ? '' : `${source.file.replace(/^.*\//, '').replace(/\.cedar$/, '')}.`
  const id = annotations['id'] ?? ''
  return {
    id: id === '' ? `${stem}policy${index}` : id,
    text,
    annotations,
    est,
    span: spanAt(source.text, offset, text.length),
    ...(source.file === undefined ? {} : { file: source.file }),
    stage: stageOf(annotations, piece, diagnostics),
  }
}

/** The texts of some of the policies, by their place among all. */
function texts(
  policies: readonly PolicySyntax[],
  included: (policy: PolicySyntax) => boolean,
): Record<string, string> {
  return Object.fromEntries(
    policies.flatMap((policy, place) => (included(policy) ? [[place, policy.text]] : [])),
  )
}

function slotsOf(est: EstPolicy): SlotName[] {
  const scopes = JSON.stringify([est.principal, est.resource])
  return (['?principal', '?resource'] as const).filter((slot) =>
    scopes.includes(`"slot":"${slot}"`),
  )
}

function refuseSameIds(
  policies: readonly { readonly id: string; readonly span: { offset: number; length: number } }[],
  source: Source,
  diagnostics: Diagnostic[],
): void {
  const seen = new Set<string>()
  for (const { id, span } of policies) {
    if (seen.has(id)) {
      diagnostics.push(
        diagnosticAt(source, span, {
          severity: 'error',
          code: 'policy.duplicate-id',
          message: `two policies have the id \`${id}\``,
          help: 'give each policy its own `@id`',
        }),
      )
    }
    seen.add(id)
  }
}
