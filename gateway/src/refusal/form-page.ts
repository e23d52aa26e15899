// What a person sees whose form met the sign-in: what became of it, where to sign in without
// leaving the page, and the form itself, to be sent again.
import type { DecisionRecord } from '@countersign/contract/decision'
import type { Application, Release } from '@countersign/contract/documents'
import { markup, type Markup } from './html.ts'
import type { Field, NotKept, ReadForm } from './kept-form.ts'
import { renderPage } from './layout.ts'
import { reasonsOf } from './reasons.ts'
import { why } from './refusal-page.ts'
import { timeText } from './time-text.ts'

export interface RefusedForm {
  readonly form: ReadForm
  readonly record: DecisionRecord
  readonly application: Application
  readonly release: Release | undefined
  /** Where the form was sent: a path with its query, at this host. */
  readonly action: string
  /** Where a sign-in begins, at this host. */
  readonly signInPath: string
}

/** The page of a form that has to be sent again. */
export function formPage(refused: RefusedForm): string {
  const { form, record, application, release, action } = refused
  const isStepUp = record.verdict === 'step-up'
  const isKept = form.kind === 'kept'
  const reasons = reasonsOf(record, release).filter(
    ({ kind }) => kind === 'forbidden' || kind === 'condition',
  )
  return renderPage({
    title: `${application.name} needs ${isStepUp ? 'a fresh sign-in' : 'you to sign in'}`,
    badge: isStepUp ? 'step-up' : 'none',
    lead: isKept
      ? `What you sent has not reached ${application.name}. It is kept on this page and nowhere else: leave it open, sign in, and send it again.`
      : `What you sent has not reached ${application.name}, and it was not kept.`,
    body: [
      form.kind === 'kept' ? twoSteps(refused, form) : startAgain(refused, form.why),
      why(reasons),
    ],
    facts: [
      ['Decision', markup`<code>${record.id}</code>`],
      ['Time', markup`${timeText(record.at)}`],
      ['Application', markup`${application.name}`],
      ['Sent to', markup`${action}`],
      ['Signed in as', markup`${record.principalName ?? 'nobody'}`],
    ],
  })
}

function twoSteps(
  { action, signInPath }: RefusedForm,
  { packing, fields }: Extract<ReadForm, { readonly kind: 'kept' }>,
): Markup {
  return markup`<form class="actions" method="post" action="${action}" enctype="${packing}" accept-charset="utf-8">
${fields.map(hidden)}<a class="button" href="${signInPath}" target="_blank" rel="noopener">Sign in, in a new tab</a>
<button class="button second">Send again</button>
</form>
<p class="small">${fields.length === 1 ? 'One field is kept.' : `${fields.length} fields are kept.`} Closing this page forgets what was in the form.</p>
`
}

// A browser leaves an empty choice of a file in the form as a part without a name.
function hidden(field: Field): Markup {
  return field.kind === 'empty-file'
    ? markup`<input type="file" hidden name="${field.name}">`
    : markup`<input type="hidden" name="${field.name}" value="${field.value}">`
}

const reasonsNotKept: Readonly<Record<NotKept, string>> = {
  'another-site': 'it came from another site',
  'no-form': 'only forms are kept, and this is none',
  files: 'it contains files',
  'too-large': 'it is longer than 64 KiB',
  'too-many-fields': 'it has more fields than are kept',
  'not-exact': 'your browser could not send exactly the same again',
  'not-received': 'it did not arrive here as a whole',
}

function startAgain({ signInPath, application }: RefusedForm, reason: NotKept): Markup {
  return markup`<p>It was not kept because ${reasonsNotKept[reason]}. Sign in, go back to the page of ${application.name} that you came from, and send it from there. Many browsers still show what you typed when you go back.</p>
<div class="actions"><a class="button" href="${signInPath}" target="_blank" rel="noopener">Sign in, in a new tab</a></div>
`
}
