// A proof at the token endpoint (RFC 9449 §5): the token is bound to the key that made it.
import {
  type ProvenRequest,
  type Proof,
  proofAlgorithms,
  proofFor,
  proofMaxCharacters,
  proofType,
  readProofKey,
} from '@countersign/contract/dpop'
import { problem } from '@countersign/contract/problems'
import { calculateJwkThumbprint, decodeProtectedHeader, importJWK, jwtVerify } from 'jose'

export interface KeyProof extends Proof {
  /** Thumbprint of the key (RFC 7638). */
  readonly thumbprint: string
}

/**
 * The proof of a request; undefined where it carries none.
 * @param proofs every `DPoP` header of the request
 * @throws signin.proof_refused
 */
export async function readKeyProof(
  proofs: readonly string[],
  request: ProvenRequest,
): Promise<KeyProof | undefined> {
  const [proof, another] = proofs
  if (proof === undefined) return undefined
  const made = another === undefined ? await check(proof, request) : undefined
  if (!made) throw problem('signin.proof_refused')
  return made
}

async function check(proof: string, request: ProvenRequest): Promise<KeyProof | undefined> {
  if (proof.length > proofMaxCharacters) return undefined
  try {
    const { jwk, alg } = decodeProtectedHeader(proof)
    const key = readProofKey(jwk)
    if (!key) return undefined
    const { payload } = await jwtVerify(proof, await importJWK(key, alg), {
      algorithms: [...proofAlgorithms],
      typ: proofType,
      currentDate: new Date(request.now),
    })
    const made = proofFor(payload, request)
    return made && { ...made, thumbprint: await calculateJwkThumbprint(key) }
  } catch {
    // Key and proof are the caller's own: whatever is wrong with them, they prove nothing.
    return undefined
  }
}
