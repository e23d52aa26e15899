// Passkeys in the browser: the conversation between the server's challenge and the device.
import { api } from '@countersign/contract/api'
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
