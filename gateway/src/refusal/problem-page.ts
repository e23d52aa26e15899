// What a person sees when there was nothing to decide: a host nobody serves, an application that
// does not answer, a gateway that knows too little.
import type { ProblemDetails } from '@countersign/contract/problems'
import { markup, type Markup } from './html.ts'
import { renderPage } from './layout.ts'
import { timeText } from './time-text.ts'

export interface ProblemFacts {
  readonly decision: string | undefined
  readonly at: number
}

/** The page of a problem. */
export function problemPage(details: ProblemDetails, { decision, at }: ProblemFacts): string {
  return renderPage({
    title: capital(details.title),
    badge: 'none',
    lead: details.detail === undefined ? '' : prose(details.detail),
    body: [
      markup`<h2>What you can do</h2>
        <p>${prose(details.remedy)}</p>`,
    ],
    facts: [
      ...(decision === undefined ? [] : [['Decision', markup`<code>${decision}</code>`] as const]),
      ['Time', markup`${timeText(at)}`],
      ['Code', markup`<code>${details.code}</code>`],
    ],
  })
}

/** A message as a sentence; what stands in backticks is shown as code. */
function prose(message: string): Markup {
  const parts = `${capital(message)}.`.split('`')
  return markup`${parts.map((part, index) => (index % 2 === 1 ? markup`<code>${part}</code>` : part))}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
