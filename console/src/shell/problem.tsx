// A failed read or change on a page, with the step that fits it: a fresh sign-in where that is
// what is missing, otherwise another try.
import { isProblem } from '#api/server.client.ts'
import { Failed } from '#design/states.tsx'
import { StepUp } from './step-up.tsx'

interface ProblemProps {
  readonly error: unknown
  readonly onRetry: () => void
}

export function Problem({ error, onRetry }: ProblemProps) {
  // The reader is on the way to the sign-in page; a message would only flash.
  if (isProblem(error, 'access.sign_in_required')) return null
  return isProblem(error, 'access.step_up_required') ? (
    <Failed error={error} action={<StepUp onDone={onRetry} />} />
  ) : (
    <Failed error={error} onRetry={onRetry} />
  )
}
