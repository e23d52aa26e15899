// What went wrong, as a reader needs it: what happened, in what particular, what to do next, and
// the id to give to an operator.
import { ApiError } from '@countersign/contract/client'
import { sentence } from './figures.ts'

export interface Failure {
  readonly title: string
  readonly detail?: string
  readonly remedy: string
  readonly requestId?: string
  /** The problem's code in the catalogue. */
  readonly code?: string
}

/** What the browser says when a passkey was not used, by the name of its error (WebAuthn §5.1). */
const browserFailures: Readonly<Record<string, Failure>> = {
  NotAllowedError: {
    title: 'No passkey was used',
    detail:
      'The request was cancelled, ran out of time, or this device holds no passkey for this site.',
    remedy: 'Try again, and follow your device’s prompt.',
  },
  AbortError: {
    title: 'The request for a passkey was stopped',
    remedy: 'Try again.',
  },
  InvalidStateError: {
    title: 'This device already holds a passkey for you here',
    remedy: 'Use that one, or register on another device.',
  },
  SecurityError: {
    title: 'This address cannot use your passkeys',
    detail: 'Passkeys belong to the address they were made at, over a secure connection.',
    remedy: 'Open the console at its own address.',
  },
  NotSupportedError: {
    title: 'This device cannot make the kind of passkey we need',
    remedy: 'Use another device, or a security key.',
  },
}

/** Any error as a failure to show. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ApiError) return fromProblem(error)
  const known = error instanceof Error ? browserFailures[error.name] : undefined
  if (known) return known
  // `fetch` rejects with a TypeError where no answer came at all.
  if (error instanceof TypeError && /fetch|network|load failed/i.test(error.message)) {
    return {
      title: 'The server cannot be reached',
      detail: 'No answer came back. What you see may be out of date.',
      remedy: 'Check your connection, then try again.',
    }
  }
  return {
    title: 'Something broke in this page',
    ...(error instanceof Error ? { detail: sentence(error.message) } : {}),
    remedy: 'Load the page again. If it happens again, tell the operator what you did.',
  }
}

function fromProblem({ status, problem }: ApiError): Failure {
  if (!problem) {
    return {
      title: `The server answered ${status}`,
      remedy: 'Try again. If it persists, tell the operator.',
    }
  }
  return {
    title: sentence(problem.title),
    ...(problem.detail === undefined ? {} : { detail: sentence(problem.detail) }),
    remedy: `${sentence(problem.remedy)}.`,
    ...(problem.instance === undefined ? {} : { requestId: problem.instance }),
    code: problem.code,
  }
}
