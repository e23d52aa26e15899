// Passkeys in the browser: the conversation between the server's challenge and the device.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import {
  browserSupportsWebAuthn,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser'
import { client } from './server.client.ts'

/** Whether this browser and this address can use passkeys at all. */
export const passkeysWork = (): boolean => window.isSecureContext && browserSupportsWebAuthn()

/** Signs in with a passkey. @returns where to go next. */
export async function signInWithPasskey(returnTo: string | undefined): Promise<string> {
  const { challenge, options } = await client.call(api.signin.passkeyChallenge, { body: {} })
  const response = await startAuthentication({ optionsJSON: requestOptions(options) })
  const { next } = await client.call(api.signin.passkey, {
    body: {
      challenge,
      response: { ...response },
      ...(returnTo === undefined ? {} : { returnTo }),
    },
  })
  return next
}

/** Becomes the first administrator with a single-use link. @returns where to go next. */
export async function registerWithLink(link: string, name: string): Promise<string> {
  const { challenge, options } = await client.call(api.signin.linkChallenge, {
    body: { link, name },
  })
  const response = await startRegistration({ optionsJSON: creationOptions(options) })
  const { next } = await client.call(api.signin.link, {
    body: { link, challenge, response: { ...response } },
  })
  return next
}

/** A passkey about to be registered with a link, and for whom. */
export type Enrolment = RouteResult<typeof api.signin.enrolChallenge>

/** Asks whom the link is for. The link is not spent by it. */
export async function beginEnrolment(link: string): Promise<Enrolment> {
  return client.call(api.signin.enrolChallenge, { body: { link } })
}

/** Registers a passkey with a link that was issued, and signs in. @returns where to go next. */
export async function enrolWithLink(
  link: string,
  name: string,
  { challenge, options }: Enrolment,
): Promise<string> {
  const response = await startRegistration({ optionsJSON: creationOptions(options) })
  const { next } = await client.call(api.signin.enrol, {
    body: { link, challenge, name, response: { ...response } },
  })
  return next
}

/** Registers one more passkey for whoever is signed in. */
export async function addPasskey(name: string): Promise<void> {
  const { challenge, options } = await client.call(api.identity.passkeyChallenge, { body: {} })
  const response = await startRegistration({ optionsJSON: creationOptions(options) })
  await client.call(api.identity.registerPasskey, {
    body: { challenge, name, response: { ...response } },
  })
}

type Options = Readonly<Record<string, unknown>>

// The server made these with the library's other half; what is checked here is only that an
// answer of something else (a proxy's page, say) is told apart.
function requestOptions(options: Options): PublicKeyCredentialRequestOptionsJSON {
  if (isRequest(options)) return options
  throw new TypeError('the server sent no passkey challenge; load the page again')
}

function creationOptions(options: Options): PublicKeyCredentialCreationOptionsJSON {
  if (isCreation(options)) return options
  throw new TypeError('the server sent no passkey challenge; load the page again')
}

const isRequest = (it: object): it is PublicKeyCredentialRequestOptionsJSON =>
  'challenge' in it && typeof it.challenge === 'string'

const isCreation = (it: object): it is PublicKeyCredentialCreationOptionsJSON =>
  'challenge' in it && typeof it.challenge === 'string' && 'rp' in it && 'user' in it
