// `countersign policies explain`: one question, its answer, and why.
import { decide } from '@countersign/policy/engine'
import type { Decision, Query } from '@countersign/policy/engine'
import { explain as explainQuery, type Explanation } from '@countersign/policy/explain'
import { readChanges } from '@countersign/policy/policy-tests-form'
import type { Verdict } from '@countersign/policy/policy-tests'
import { type Change, findRemedies, type Remedies } from '@countersign/policy/remedies'
import type { ExitName } from '#exit'
import { type Paint, printable, type Tone } from '#paint'
import type { World } from '#world'
import { uidText } from './cedar-text.ts'
import { readDocument } from './document.ts'
import { formRefused } from './form.ts'
import { plural } from './finding.ts'
import { type Project, withProject, writeJson } from './project.ts'
import {
  asking,
  contextOf,
  contextOption,
  type Estate,
  type EstateRequest,
  loadEstate,
  strangerNotes,
  uidOption,
} from './question.ts'
import { whyLines } from './why.ts'

export interface ExplainRequest extends EstateRequest {
  readonly principal: string | undefined
  readonly action: string | undefined
  readonly resource: string | undefined
  readonly context: string | undefined
  readonly changes: string | undefined
  /** Paths whose values are withheld, between commas. */
  readonly redact: string | undefined
  readonly strict: boolean
  readonly json: boolean
}

interface Answered {
  readonly query: Query
  readonly verdict: Verdict
  readonly decision: Decision
  readonly explanations: readonly Explanation[]
  readonly changes: readonly Change[] | undefined
  readonly remedies: Remedies | undefined
}

/** Prints the answer. */
export async function explain(request: ExplainRequest, world: World): Promise<ExitName> {
  return await withProject(world, request.json, async (project) => {
    const principal = uidOption('principal', request.principal)
    const action = uidOption('action', request.action)
    const resource = uidOption('resource', request.resource)
    const context = await contextOption(request.context, project)
    const estate = await loadEstate(request, project)
    const changes =
      request.changes === undefined ? undefined : await loadChanges(request.changes, project)
    const query = { principal, action, resource, context: contextOf(context) }
    const answered = asking(context, estate.schema, () => answer(query, request, estate, changes))
    const notes = strangerNotes(query, estate)
    if (request.json) {
      const { verdict, decision, explanations, remedies } = answered
      writeJson(world, { verdict, ...decision, explanations, ...remedies, notes })
    } else world.stdout.write(page(answered, estate, notes, world.stdout.paint))
    return 'ok'
  })
}

function answer(
  query: Query,
  { redact, strict }: ExplainRequest,
  { compiled, store }: Estate,
  changes: readonly Change[] | undefined,
): Answered {
  const decision = decide(compiled, store, query, { strict })
  const isDenied = decision.effective.effect === 'deny'
  const remedies =
    changes === undefined || !isDenied
      ? undefined
      : findRemedies(compiled, store, query, changes, { strict })
  const isStepUp = remedies?.remedies.some((remedy) => remedy.isStepUp) === true
  const hidden = (redact ?? '').split(',').flatMap((path) => path.trim() || [])
  return {
    query,
    decision,
    verdict: isStepUp ? 'step-up' : decision.effective.effect,
    explanations: explainQuery(compiled, store, query, { redact: hidden }),
    changes,
    remedies,
  }
}

async function loadChanges(path: string, { sources }: Project): Promise<Change[]> {
  const document = readDocument(await sources.read(path))
  return formRefused(document, () => readChanges(document.value))
}

const tones = { allow: 'good', deny: 'bad', 'step-up': 'careful' } as const satisfies Record<
  Verdict,
  Tone
>

const sentences = {
  allow: 'may do',
  deny: 'may not do',
  'step-up': 'may, after a step-up, do',
} as const satisfies Record<Verdict, string>

function page(
  answered: Answered,
  { compiled }: Estate,
  notes: readonly string[],
  paint: Paint,
): string {
  const { query, verdict, decision, explanations } = answered
  const policies = compiled.policies.map(({ policy }) => policy.syntax)
  const may = sentences[verdict]
  const sentence = `${uidText(query.principal)} ${may} ${uidText(query.action)} on ${uidText(query.resource)}`
  const relevant = `${explanations.length} of ${plural(policies.length, 'policy')}`
  return [
    `${paint(tones[verdict], verdict)}  ${sentence}`,
    '',
    ...notes.map((note) => `${paint('careful', 'note')}: ${note}`),
    ...(notes.length > 0 ? [''] : []),
    ...verdictLines(decision),
    '',
    paint('strong', `Policies about this action and resource: ${relevant}`),
    ...whyLines(explanations, policies, paint).map((line) => `  ${line}`),
    '',
    ...remedyLines(answered, paint),
  ].join('\n')
}

function verdictLines({ effective, wouldBe }: Decision): string[] {
  return [
    answerLine(effective),
    ...effective.errors.map(
      ({ policy, message }) =>
        `\`${printable(policy)}\` could not be evaluated: ${printable(message)}`,
    ),
    ...(wouldBe.effect === effective.effect
      ? []
      : [`If every policy were enforced: ${wouldBe.effect}. ${answerLine(wouldBe)}`]),
  ]
}

/** `Forbidden by ...`, apart from nobody permitting it. */
export function answerLine({ effect, determining }: Decision['effective']): string {
  const names = determining.map((id) => `\`${printable(id)}\``).join(', ')
  if (effect === 'allow') return `Permitted by ${names}; no forbid matched.`
  return names === '' ? 'No permit matched, so the answer is deny.' : `A forbid matched: ${names}.`
}

function remedyLines({ changes, remedies, decision }: Answered, paint: Paint): string[] {
  if (changes === undefined || decision.effective.effect === 'allow') return []
  const found = remedies?.remedies ?? []
  const head = paint('strong', 'Remedies')
  if (remedies?.isCutShort === true && found.length === 0) {
    return [head, '  The search was cut short before it found any: name fewer changes.', '']
  }
  if (found.length === 0) {
    return [
      head,
      `  None within three of the ${plural(changes.length, 'change')} that were named.`,
      '',
    ]
  }
  return [
    head,
    ...found.map(({ changes: ids, isStepUp }) => {
      const names = ids.map((id) => `\`${printable(id)}\``).join(' and ')
      return `  ${names} would make it an allow${isStepUp ? ' (a step-up)' : ''}`
    }),
    '',
  ]
}
