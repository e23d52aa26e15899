// Why a command did not succeed: a message for the person, what to do next, and the exit code.
import { ApiError } from '@countersign/contract/client'
import { SettingError } from '@countersign/contract/setting-value'
import { type ExitName, exits } from './exit.ts'

/** A command ends without success, for a reason its user can understand and act on. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exit: ExitName
  /** What to do next. */
  readonly remedy: string | undefined

  constructor(exit: ExitName, message: string, remedy?: string) {
    super(message)
    this.exit = exit
    this.remedy = remedy
  }
}

/** The command line cannot be understood. `usage` is the line that says how it is written. */
export class UsageError extends Failure {
  readonly usage: string

  constructor(message: string, usage: string) {
    super('usage', message)
    this.usage = usage
  }
}

/** Any error as a failure. What we did not foresee is `unexpected` and shows where it happened. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (error instanceof SettingError) return new Failure('usage', error.message)
  if (error instanceof ApiError) {
    const { code, remedy } = error.problem ?? {}
    const name = code === undefined ? '' : ` (${code})`
    return new Failure(exitOf(error.status), `${error.message}${name}`, remedy)
  }
  if (error instanceof Error && error.name === 'ZodError') {
    return new Failure(
      'unexpected',
      'the server answers in a way that this command does not know',
      'use the command and the server of the same release',
    )
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new Failure('unexpected', text, 'this is a fault of ours: report it with these lines')
}

/** A failure as a machine reads it. */
export function failureJson({ exit, message, remedy }: Failure): object {
  return {
    error: {
      exit,
      exitCode: exits[exit].code,
      message,
      ...(remedy === undefined ? {} : { remedy }),
    },
  }
}

function exitOf(status: number): ExitName {
  switch (status) {
    case 401:
    case 403:
      return 'refused'
    case 400:
    case 422:
      return 'usage'
    case 404:
      return 'notFound'
    default:
      return 'unexpected'
  }
}
