// Signing this program in: a code is shown, a person approves it in a browser, and then there is a
// token (RFC 8628). Nothing is opened by itself: an address that a program opens could be anyone's.
import { signinDeviceApi } from '@countersign/contract/api/signin-device'
import { ApiError, type Client } from '@countersign/contract/client'
import { Failure } from '#failure'
import type { World } from '#world'
import type { Reporter } from './reporter.ts'
import type { SignIn } from './sign-ins.file.ts'

export interface SignInRequest {
  readonly api: Client
  readonly report: Reporter
  readonly machine: string
  readonly signal: AbortSignal
}

const program = 'countersign connect'

/** Asks for an approval and waits for it. Throws where it is denied or comes too late. */
export async function signIn(
  { api, report, machine, signal }: SignInRequest,
  { clock }: Pick<World, 'clock'>,
): Promise<SignIn & { readonly name: string }> {
  const begun = await api.call(
    signinDeviceApi.deviceBegin,
    { body: { program, machine: machine.slice(0, 128) || 'unknown' } },
    { signal },
  )
  const endsAt = clock.now() + begun.expiresInSeconds * 1000
  report({
    event: 'sign-in',
    url: begun.verificationUrlComplete,
    userCode: begun.userCode,
    expiresAt: endsAt,
  })
  let { intervalSeconds } = begun
  while (clock.now() < endsAt && !signal.aborted) {
    await clock.wait(intervalSeconds * 1000, signal)
    if (signal.aborted) break
    const answer = await asked(api, begun.deviceCode, signal)
    if (answer.kind === 'granted') {
      report({ event: 'signed-in', name: answer.name, endsAt: answer.endsAt })
      const { token, endsAt: tokenEndsAt, name } = answer
      return { token, endsAt: tokenEndsAt, name }
    }
    ;({ intervalSeconds } = answer)
  }
  throw new Failure('refused', 'the sign-in was not approved in time', 'start again')
}

async function asked(api: Client, deviceCode: string, signal: AbortSignal) {
  try {
    return await api.call(signinDeviceApi.deviceToken, { body: { deviceCode } }, { signal })
  } catch (error) {
    // RFC 8628 §3.5: what was lost on the way is asked again.
    if (!(error instanceof ApiError) || error.status < 500) throw error
    return { kind: 'pending', intervalSeconds: retrySeconds } as const
  }
}

const retrySeconds = 10
