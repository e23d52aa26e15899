// What a person sees when there was nothing to decide: a host nobody serves, an application that
// does not answer, a gateway that knows too little.
import type { ProblemDetails } from '@countersign/contract/problems'
import { markup } from './html.ts'
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
    lead: details.detail === undefined ? '' : `${capital(details.detail)}.`,
    body: [
      markup`<h2>What you can do</h2>
        <p>${capital(details.remedy)}.</p>`,
    ],
    facts: [
      ...(decision === undefined ? [] : [['Decision', markup`<code>${decision}</code>`] as const]),
      ['Time', markup`${timeText(at)}`],
      ['Code', markup`<code>${details.code}</code>`],
    ],
  })
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
