// What happens to a session, as it is recorded: that somebody signed in, proved it again, or that
// it ended. The figures about sign-ins are computed from these and nothing else.
import { z } from 'zod'
import { isInternal } from './classification.ts'
import { session } from './documents.ts'

export const signInRecord = z.strictObject({
  id: isInternal(z.string().min(1).max(64)),
  /** Milliseconds since the epoch. */
  at: isInternal(z.int().nonnegative()),
  event: isInternal(z.enum(['started', 'strengthened', 'ended'])),
  /** The session as it was after that, or before it ended. */
  session,
})
export type SignInRecord = z.infer<typeof signInRecord>
