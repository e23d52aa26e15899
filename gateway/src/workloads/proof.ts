// A proof of possession beside a token (RFC 9449 §4.3): signed by the key that the token is bound to,
// for this request, just now, and never seen before.
import {
  type ProvenRequest,
  proofAlgorithms,
  proofFor,
  proofHeader,
  proofMaxCharacters,
  proofType,
  readProofKey,
} from '@countersign/contract/dpop'
import { calculateJwkThumbprint, decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import type { RequestHead } from '#exchange'

/** Whether a proof of this name, which counts until `endsAt`, was not used before; it is then. */
export type IsFirstProof = (
  name: string,
  endsAt: number,
  nowMs: number,
) => boolean | Promise<boolean>

export interface ProofOptions {
  /** Thumbprint of the key that the token is bound to. */
  readonly thumbprint: string
  readonly request: ProvenRequest
  readonly isFirstProof: IsFirstProof
}

/** Whether the request carries such a proof. It counts once. */
export async function isProven(
  head: Pick<RequestHead, 'headers' | 'rawHeaders'>,
  { thumbprint, request, isFirstProof }: ProofOptions,
): Promise<boolean> {
  const proof = onlyProof(head)
  if (proof === undefined) return false
  const signed = await signedBy(proof, request.now)
  if (signed?.thumbprint !== thumbprint) return false
  const made = proofFor(signed.claims, request)
  return (
    made !== undefined &&
    (await isFirstProof(`${thumbprint} ${made.jti}`, made.endsAt, request.now))
  )
}

function onlyProof({ headers, rawHeaders }: Pick<RequestHead, 'headers' | 'rawHeaders'>) {
  const count = rawHeaders.filter(
    (name, index) => index % 2 === 0 && name.toLowerCase() === proofHeader,
  ).length
  const proof = headers[proofHeader]
  return count === 1 && typeof proof === 'string' && proof.length <= proofMaxCharacters
    ? proof
    : undefined
}

async function signedBy(
  proof: string,
  now: number,
): Promise<{ readonly claims: unknown; readonly thumbprint: string } | undefined> {
  try {
    const { jwk, alg } = decodeProtectedHeader(proof)
    const key = readProofKey(jwk)
    if (!key) return undefined
    const { payload } = await jwtVerify(proof, await importJWK(key, alg), {
      algorithms: [...proofAlgorithms],
      typ: proofType,
      currentDate: new Date(now),
    })
    return { claims: payload, thumbprint: await calculateJwkThumbprint(key) }
  } catch {
    // Key and proof are the client's own: whatever is wrong with them, they prove nothing.
    return undefined
  }
}
