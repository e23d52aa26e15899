// What a person sees who is refused: what, why, what to do next, and under which id an operator
// finds it.
import type { DecisionRecord } from '@countersign/contract/decision'
import type { Application, Release } from '@countersign/contract/documents'
import { actText, type Remedies } from '@countersign/contract/remedies'
import { markup, type Markup } from './html.ts'
import { type Page, renderPage } from './layout.ts'
import { type Reason, reasonsOf, summaryOf } from './reasons.ts'
import { timeText } from './time-text.ts'

export interface Refused {
  readonly record: DecisionRecord
  readonly application: Application
  readonly release: Release | undefined
  /** The name of the application's owner. */
  readonly ownerName: string | undefined
  readonly consoleUrl: string
  /** The address that was asked for. */
  readonly url: string
  /** Where a fresh sign-in begins; present where one would help. */
  readonly signInUrl: string | undefined
}

/** The page of a refusal. */
export function refusalPage(refused: Refused): string {
  const { record, application, release } = refused
  const reasons = reasonsOf(record, release)
  return record.verdict === 'step-up'
    ? renderPage(stepUp(refused, reasons))
    : renderPage({
        title: `Access to ${application.name} is refused`,
        badge: 'deny',
        lead: summaryOf(reasons),
        body: [why(reasons), whatToDo(refused, reasons), ...questions(refused), actions(refused)],
        facts: facts(refused),
      })
}

function stepUp(refused: Refused, reasons: readonly Reason[]): Page {
  return {
    title: `${refused.application.name} needs a fresh sign-in`,
    badge: 'step-up',
    lead: 'Your access would be allowed after signing in again with a passkey.',
    body: [
      why(reasons.filter(({ kind }) => kind === 'forbidden' || kind === 'condition')),
      markup`<p class="small">No passkey here yet? Add one under <a href="${refused.consoleUrl}/identity/me">My sign-in</a>.</p>`,
      actions(refused),
    ],
    facts: facts(refused),
  }
}

/** The reasons, as a list under its heading; nothing where there are none. */
export function why(reasons: readonly Reason[]): Markup {
  if (reasons.length === 0) return markup``
  return markup`<h2>Why</h2>
<ul class="reasons">${reasons.map(reasonItem)}</ul>
`
}

const sentences: Readonly<Record<Reason['kind'], string>> = {
  forbidden: 'forbids this.',
  condition: 'would allow this, but asks for something that is not so:',
  'somebody-else': 'allows this to others, not to you.',
  error: 'could not be evaluated, so it allows nothing.',
}

function reasonItem(reason: Reason): Markup {
  const { kind, title, description, owner, condition, observed, policy } = reason
  return markup`<li>
<p><strong>${title}</strong> ${sentences[kind]}</p>
${observed.length === 0 ? undefined : list(observed)}
${description === undefined ? undefined : markup`<p class="small">${description}</p>`}
${owner === undefined ? undefined : markup`<p class="small">Owner of this policy: ${owner}</p>`}
<details><summary>Policy <code>${policy}</code></summary>
${condition === undefined ? markup`<p class="small">It names no condition that was open.</p>` : markup`<pre>${condition}</pre>`}
</details>
</li>
`
}

// Each remedy was verified by deciding again; what only somebody else can change is theirs to ask.
function whatToDo({ record, ownerName, application }: Refused, reasons: readonly Reason[]): Markup {
  const { remedies } = record
  const owners = reasons.flatMap(({ owner }) => owner ?? [])
  const ask = `If you need ${application.name} for your work, ask ${owners[0] ?? ownerName ?? 'an administrator'} and name the decision below.`
  if (remedies === undefined || remedies.found.length === 0) {
    return markup`<h2>What you can do</h2>
${remedies === undefined ? undefined : markup`<p>${noRemedy(remedies)}</p>`}
${list([ask])}
`
  }
  const ways = remedies.found.map((acts) => acts.map(actText).join(' '))
  return markup`<h2>What you can do</h2>
<p>${ways.length === 1 ? 'This makes it work:' : 'Each of these makes it work:'}</p>
${list(ways)}
<p class="small">${ask}</p>
`
}

/** Owners to ask on one page. */
const questionsMaxCount = 3

/** Whether the page of a refusal has questions to owners of groups. */
export function hasQuestions({ verdict, remedies }: DecisionRecord): boolean {
  return verdict === 'deny' && (remedies?.found ?? []).flat().some(({ kind }) => kind === 'grant')
}

// The console asks once more before it acts, so that no page elsewhere can ask in somebody's name.
function questions({ record, consoleUrl }: Refused): readonly Markup[] {
  const acts = (record.remedies?.found ?? [])
    .flat()
    .flatMap((act) => (act.kind === 'grant' ? act : []))
  const byGroup = new Map(acts.map((act) => [act.group, act]))
  return [...byGroup.values()].slice(0, questionsMaxCount).map(
    ({ group, groupName, owner }, index) => markup`<h2>Ask ${owner} for access</h2>
<form class="ask" method="get" action="${consoleUrl}/identity/requests">
<input type="hidden" name="decision" value="${record.id}"><input type="hidden" name="group" value="${group}">
<label for="reason${index}">What do you need it for? ${owner} may take you into the group ${groupName}.</label>
<textarea id="reason${index}" name="reason" rows="2" maxlength="1000" required></textarea>
<div class="actions"><button class="button">Ask ${owner}</button></div>
</form>
`,
  )
}

function noRemedy({ tried, isCutShort }: Remedies): string {
  if (isCutShort) return 'No way was found in the time there is for looking.'
  return tried === 0
    ? 'There is nothing you could change yourself that would allow this.'
    : `Nothing you could change yourself would allow this: none within ${counted(tried)} was found.`
}

const counts = ['no change', 'one change', 'two changes', 'three changes'] as const

function counted(changes: number): string {
  return counts[changes] ?? `${changes} changes`
}

function actions({ url, signInUrl, consoleUrl, record }: Refused): Markup {
  const decision = `${consoleUrl}/visibility/decisions/${encodeURIComponent(record.id)}`
  const again = signInUrl === undefined && !hasQuestions(record) ? 'button' : 'button second'
  return markup`<div class="actions">
${signInUrl === undefined ? undefined : markup`<a class="button" href="${signInUrl}">Sign in again</a>`}
<a class="${again}" href="${url}">Check again</a>
<a class="button second" href="${decision}">Open the decision</a>
</div>
`
}

function facts({ record, application, url }: Refused): Page['facts'] {
  return [
    ['Decision', markup`<code>${record.id}</code>`],
    ['Time', markup`${timeText(record.at)}`],
    ['Application', markup`${application.name}`],
    ['Address', markup`${url}`],
    ['Signed in as', markup`${record.principalName ?? 'nobody'}`],
  ]
}

function list(items: readonly string[]): Markup {
  return markup`<ul>${items.map((item) => markup`<li>${item}</li>`)}</ul>`
}
