// Nothing of the feed is believed unless the pinned key signed it as exactly what it is taken
// for: a list of changes is never a snapshot, and a token of another kind is neither.
import type { PublicKey } from '@countersign/contract/api/networks'
import {
  changes,
  type Changes,
  changesType,
  snapshot,
  type Snapshot,
  snapshotType,
} from '@countersign/contract/feed'
import { compactVerify, type CryptoKey, errors, importJWK } from 'jose'

/** Why a message of the feed is not believed. */
export class FeedFault extends Error {
  override readonly name = 'FeedFault'
  readonly kind: 'signature' | 'shape'

  constructor(kind: 'signature' | 'shape', message: string) {
    super(message)
    this.kind = kind
  }
}

export interface FeedVerifier {
  /** Rejects with `FeedFault`. */
  readonly snapshot: (jws: string) => Promise<Snapshot>
  /** Rejects with `FeedFault`. */
  readonly changes: (jws: string) => Promise<Changes>
}

/** A verifier that believes one key. */
export async function feedVerifier(pinned: PublicKey): Promise<FeedVerifier> {
  const key = await importJWK(pinned, 'EdDSA')
  return {
    snapshot: (jws) => verified(jws, key, snapshotType, snapshot),
    changes: (jws) => verified(jws, key, changesType, changes),
  }
}

interface Schema<T> {
  readonly safeParse: (
    value: unknown,
  ) =>
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } }
}

interface Issue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

async function verified<T>(
  jws: string,
  key: CryptoKey,
  type: string,
  schema: Schema<T>,
): Promise<T> {
  const payload = await signedPayload(jws, key, type)
  const parsed = schema.safeParse(payload)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new FeedFault(
    'shape',
    `a signed message of the feed has an unknown shape at \`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? ''}; compare the versions of gateway and server`,
  )
}

async function signedPayload(jws: string, key: CryptoKey, type: string): Promise<unknown> {
  try {
    const { payload, protectedHeader } = await compactVerify(jws, key, {
      algorithms: ['EdDSA', 'Ed25519'],
    })
    if (protectedHeader.typ !== type) {
      throw new FeedFault(
        'signature',
        `a message of the feed is of type \`${String(protectedHeader.typ)}\`, expected \`${type}\``,
      )
    }
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch (error) {
    if (error instanceof FeedFault) throw error
    if (error instanceof errors.JOSEError) {
      throw new FeedFault(
        'signature',
        'a message of the feed is not signed by the control plane that this gateway enrolled with',
      )
    }
    throw new FeedFault('shape', 'a signed message of the feed is not JSON')
  }
}
