// What we ask of WebAuthn, and what we make of its answers. `@simplewebauthn/server` checks the
// signatures and formats; here is what it is told to insist on.
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { z } from 'zod'
import { challengeMaxAgeMs } from './challenge.ts'
import { attestationFacts } from './factors/attestation.ts'
import { type MadePasskey, mayFollow, type Passkey } from './passkey.ts'

/** Who passkeys are for: the host that the browser binds them to, and the page that asks. */
export interface RelyingParty {
  readonly name: string
  readonly id: string
  readonly origin: string
}

export function relyingParty(organisation: string, publicUrl: URL): RelyingParty {
  return { name: organisation, id: publicUrl.hostname, origin: publicUrl.origin }
}

type Options = Readonly<Record<string, unknown>>

/** EdDSA, ES256 and RS256 (RFC 9053 §2, RFC 8812 §2), best first. */
const algorithms = [-8, -7, -257]

/** An answer that is not accepted. The reason is for the log; a visitor never learns it. */
export interface Refused {
  readonly kind: 'refused'
  readonly reason: string
}

/** Options for registering a passkey: discoverable, with user verification, attested if it can. */
export async function registrationOptions(
  rp: RelyingParty,
  {
    challenge,
    userHandle,
    name,
    passkeys,
  }: {
    readonly challenge: string
    readonly userHandle: string
    readonly name: string
    /** Those the person has; an authenticator that holds one of them declines. */
    readonly passkeys: readonly Passkey[]
  },
): Promise<Options> {
  return {
    ...(await generateRegistrationOptions({
      rpName: rp.name,
      rpID: rp.id,
      userName: name,
      userDisplayName: name,
      userID: bytes(userHandle),
      challenge: bytes(challenge),
      timeout: challengeMaxAgeMs,
      attestationType: 'direct',
      excludeCredentials: passkeys.map(({ credential, transports }) => ({
        id: credential,
        transports: [...transports],
      })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      supportedAlgorithmIDs: algorithms,
    })),
  }
}

/** Options for signing in: no list of credentials, so they say nothing about who exists. */
export async function authenticationOptions(rp: RelyingParty, challenge: string): Promise<Options> {
  return {
    ...(await generateAuthenticationOptions({
      rpID: rp.id,
      challenge: bytes(challenge),
      allowCredentials: [],
      timeout: challengeMaxAgeMs,
      userVerification: 'required',
    })),
  }
}

export interface Registered {
  readonly kind: 'registered'
  readonly made: MadePasskey
}

/** Checks the answer to a registration against the challenge it was given. */
export async function verifyRegistration(
  rp: RelyingParty,
  challenge: string,
  answer: unknown,
): Promise<Registered | Refused> {
  return refusing(async () => {
    const response = registrationAnswer.parse(answer)
    refuseEmbedded(response.response.clientDataJSON)
    const { verified, registrationInfo: info } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: rp.origin,
      expectedRPID: rp.id,
      requireUserPresence: true,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    })
    if (!verified) return refused('the attestation does not verify')
    return {
      kind: 'registered',
      made: {
        credential: info.credential.id,
        publicKey: text(info.credential.publicKey),
        counter: info.credential.counter,
        transports: info.credential.transports ?? [],
        aaguid: info.aaguid,
        attestation: attestationOf(info.fmt, info.attestationObject),
        backupEligible: info.credentialDeviceType === 'multiDevice',
        backedUp: info.credentialBackedUp,
      },
    }
  })
}

function attestationOf(format: string, object: Uint8Array): Passkey['attestation'] {
  const { trust, certificates } = attestationFacts(object)
  return { format, object: text(object), trust, certificates: [...certificates] }
}

export type Authenticated = { readonly kind: 'authenticated' } & Pick<
  Passkey,
  'counter' | 'backedUp'
>

/** The credential that an answer claims to be from; undefined where it is no answer at all. */
export function claimedCredential(answer: unknown): string | undefined {
  return authenticationAnswer.safeParse(answer).data?.id
}

/**
 * Checks the answer to a sign-in. Without a passkey the same work is done with a key that nobody
 * uses, and the answer is refused in the end: how long it takes says nothing about who exists.
 */
export async function verifyAuthentication(
  rp: RelyingParty,
  challenge: string,
  answer: unknown,
  passkey: Passkey | undefined,
): Promise<Authenticated | Refused> {
  return refusing(async () => {
    const response = authenticationAnswer.parse(answer)
    refuseEmbedded(response.response.clientDataJSON)
    const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: rp.origin,
      expectedRPID: rp.id,
      requireUserVerification: true,
      credential: {
        id: response.id,
        publicKey: bytes(passkey?.publicKey ?? decoyPublicKey),
        counter: passkey?.counter ?? 0,
      },
    })
    if (!passkey) return refused('the credential is unknown')
    if (!verified) return refused('the signature does not verify')
    // WebAuthn L3 §7.2 step 6: a discoverable credential names its user, and it must be this one.
    if (response.response.userHandle !== passkey.userHandle) {
      return refused('the credential names another user')
    }
    // WebAuthn L3 §7.2 step 19: what may be copied is settled when a passkey is made.
    if ((info.credentialDeviceType === 'multiDevice') !== passkey.backupEligible) {
      return refused('the backup eligibility changed')
    }
    if (!mayFollow(info.newCounter, passkey.counter)) return refused('the counter did not grow')
    return {
      kind: 'authenticated',
      counter: info.newCounter,
      backedUp: info.credentialBackedUp,
    }
  })
}

const base64url = (maxCharacters: number) =>
  z
    .string()
    .min(1)
    .max(maxCharacters)
    .regex(/^[\w-]+$/)

const credential = {
  id: base64url(1364),
  rawId: base64url(1364),
  type: z.literal('public-key'),
  clientExtensionResults: z.object({}).default({}),
}

const registrationAnswer = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url(8192),
    attestationObject: base64url(65_536),
    transports: z
      .array(z.enum(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']))
      .max(8)
      .catch([])
      .default([]),
  }),
})

const authenticationAnswer = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url(8192),
    authenticatorData: base64url(8192),
    signature: base64url(8192),
    userHandle: base64url(86),
  }),
})

// Our pages are never framed by another site, so an answer made in a frame of one was tricked
// out of its owner. The library leaves this to us where the browser omits `topOrigin`.
function refuseEmbedded(clientDataJson: string): void {
  const { crossOrigin } = clientData.parse(
    JSON.parse(Buffer.from(clientDataJson, 'base64url').toString()),
  )
  if (crossOrigin === true) throw new Error('the answer was made in a frame of another site')
}

const clientData = z.object({ crossOrigin: z.boolean().optional() })

// The library and the parsers throw at whatever an answer lacks. None of it is a fault of ours.
async function refusing<T>(check: () => Promise<T | Refused>): Promise<T | Refused> {
  try {
    return await check()
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error))
  }
}

const reasonMaxCharacters = 256

function refused(reason: string): Refused {
  return { kind: 'refused', reason: reason.slice(0, reasonMaxCharacters) }
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(base64, 'base64url'))
}

function text(raw: Uint8Array): string {
  return Buffer.from(raw).toString('base64url')
}

// The base point of P-256 (SEC 2 §2.4.2) as a COSE key. Anyone can sign for it, and nobody is
// let in by it.
const decoyPublicKey = Buffer.from(
  'a5010203262001215820' +
    '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296' +
    '225820' +
    '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
  'hex',
).toString('base64url')
