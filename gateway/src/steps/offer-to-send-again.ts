// A form that was sent by someone who must sign in first is not lost: the page that says so holds
// what was in it, for as long as it is open, and sends it again. Nothing of it stays with us.
import { problemDetails } from '@countersign/contract/problems'
import { decisionHeader } from '@countersign/contract/session'
import { type Decided, type EXTERNAL, HTTP } from '#exchange'
import type { Gateway } from '#gateway'
import { type Answered, answered } from '#grid'
import { formFieldsMaxCount } from '#limits'
import { formPage } from '#refusal/form-page'
import { packingOf, readForm, type ReadForm } from '#refusal/kept-form'
import { formPageHeaders } from '#refusal/layout'
import { isForPerson } from '#reply'
import { freshParameter, signInPath } from './begin-sign-in.ts'
import { isSentByItsOwnPage } from './own-page.ts'

type Known = Decided<typeof HTTP | typeof EXTERNAL>

/** Answers a refused form where a sign-in would help; lets everything else pass. */
export function offerToSendAgain(
  known: Known,
  means: Pick<Gateway, 'formBodies'>,
): Promise<Answered> | void {
  const { judgement, subject, request } = known
  const { verdict } = judgement
  const wouldHelp = verdict === 'step-up' || (subject.kind === 'anonymous' && verdict === 'deny')
  if (!wouldHelp || request.method !== 'POST' || !isForPerson(known)) return undefined
  return answer(known, means)
}

async function answer(known: Known, means: Pick<Gateway, 'formBodies'>): Promise<Answered> {
  const { judgement, subject, application, target, record, estate } = known
  const isStepUp = judgement.verdict === 'step-up'
  const code = subject.kind === 'anonymous' ? 'access.sign_in_required' : 'access.step_up_required'
  const page = formPage({
    form: await formOf(known, means),
    // Whoever has not said who they are is not told what policies say.
    record: subject.kind === 'anonymous' ? { ...record, explanation: [] } : record,
    application,
    release: estate.release,
    // Only a path: wherever the page is, it sends to the host it came from.
    action: target.raw,
    signInPath: isStepUp ? `${signInPath}?${freshParameter}=1` : signInPath,
  })
  known.answer({
    status: problemDetails(code).status,
    headers: { ...formPageHeaders, [decisionHeader]: record.id },
    body: page,
  })
  return answered
}

async function formOf(known: Known, { formBodies }: Pick<Gateway, 'formBodies'>) {
  const { request } = known
  const notKept = (why: Extract<ReadForm, { kind: 'not-kept' }>['why']): ReadForm => ({
    kind: 'not-kept',
    why,
  })
  // Another proxy tells us of a request, and not what is in it.
  if (known.entry !== HTTP || known.expectsContinue) return notKept('not-received')
  // What another site wrote must not come back under this host's name.
  if (!isSentByItsOwnPage(known)) return notKept('another-site')
  const contentType = request.headers['content-type'] ?? ''
  if (packingOf(contentType) === undefined || request.headers['content-encoding'] !== undefined) {
    return notKept('no-form')
  }
  const body = await formBodies.read(known.request)
  return typeof body === 'string'
    ? notKept(body)
    : await readForm(body, contentType, { fieldsMaxCount: formFieldsMaxCount })
}
