// What went wrong with an application, in the words of the catalogue.
import { type Problem, problem } from '@countersign/contract/problems'
import { UploadStalled } from './upload.ts'

const timeouts: ReadonlySet<string> = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
])
/** The connection was lost before anything came back: likely an idle one that had just been closed. */
const lost: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/** The problem a client is told of. */
export function problemOf(error: Error, application: string): Problem {
  if (error instanceof UploadStalled) return problem('request.timeout')
  const code = codeOf(error)
  if (timeouts.has(code)) return problem('upstream.timeout', `\`${application}\` took too long`)
  return code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW'
    ? problem('upstream.unreachable', `\`${application}\` answered with something that is not HTTP`)
    : problem('upstream.unreachable', `\`${application}\` cannot be reached`)
}

/** Whether sending the same request once more is safe and likely to help. */
export function isWorthRepeating(error: Error): boolean {
  return lost.has(codeOf(error))
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
