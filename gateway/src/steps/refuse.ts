// Anything but a clear allow ends here: with a page that explains itself, or a problem that a
// program can read.
import { problemDetails, type ProblemCode } from '@countersign/contract/problems'
import { decisionHeader } from '@countersign/contract/session'
import { type Decided, TUNNEL } from '#exchange'
import { type Answered, answered } from '#grid'
import { isForPerson, replyWithProblem } from '#reply'
import { pageHeaders, pageHeadersTowards } from '#refusal/layout'
import { hasQuestions, refusalPage } from '#refusal/refusal-page'
import { wordsOf } from '#tunnel/words'
import { consoleOrigin, publicUrl } from './public-address.ts'

/** Answers unless the verdict is `allow`. */
export function refuse(known: Decided): Answered | void {
  const { judgement, subject, record } = known
  if (judgement.verdict === 'allow') return undefined
  const code: ProblemCode =
    subject.kind === 'anonymous'
      ? 'access.sign_in_required'
      : judgement.verdict === 'step-up'
        ? 'access.step_up_required'
        : 'access.denied'
  if (isForPerson(known)) {
    known.answer({
      status: problemDetails(code).status,
      headers: {
        ...(hasQuestions(record) && subject.kind === 'person'
          ? pageHeadersTowards(consoleOrigin(known.enrolment))
          : pageHeaders),
        [decisionHeader]: record.id,
      },
      body: page(known),
    })
  } else {
    // Whoever has not said who they are is not told what policies say.
    const members =
      subject.kind === 'anonymous'
        ? {}
        : {
            explanation: record.explanation,
            ...(record.remedies === undefined ? {} : { remedies: record.remedies }),
            ...(known.entry === TUNNEL ? wordsOf(record, known.estate.release) : {}),
          }
    const details = problemDetails(code, { instance: record.id, ...members })
    replyWithProblem(known, details, challengeOf(known))
  }
  return answered
}

function challengeOf({ subject, challenge }: Decided): Readonly<Record<string, string>> {
  return subject.kind === 'anonymous' && challenge !== undefined
    ? { 'www-authenticate': challenge }
    : {}
}

function page(known: Decided): string {
  const { application, estate, enrolment, judgement, record, subject } = known
  const consoleUrl = consoleOrigin(enrolment)
  const url = publicUrl(enrolment, known)
  const signIn = new URL('/signin', consoleUrl)
  signIn.searchParams.set('return', url)
  if (judgement.verdict === 'step-up') signIn.searchParams.set('fresh', '1')
  return refusalPage({
    record: subject.kind === 'anonymous' ? { ...record, explanation: [] } : record,
    application,
    release: estate.release,
    ownerName:
      application.owner === undefined ? undefined : estate.get('person', application.owner)?.name,
    consoleUrl,
    url,
    signInUrl:
      judgement.verdict === 'step-up' || subject.kind === 'anonymous' ? signIn.href : undefined,
  })
}
