// Each thing on the feed is signed with its own type, so that no one of them can stand for another.
import { CompactSign } from 'jose'
import { changesType, type Changes, type Snapshot, snapshotType } from '@countersign/contract/feed'
import type { SigningKey } from './keys.store.ts'

export interface FeedSigner {
  snapshot(snapshot: Snapshot): Promise<string>
  changes(changes: Changes): Promise<string>
}

export function feedSigner({ privateKey }: SigningKey): FeedSigner {
  const sign = (type: string, payload: object): Promise<string> =>
    new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
      .setProtectedHeader({ alg: 'EdDSA', typ: type })
      .sign(privateKey)
  return {
    snapshot: (snapshot) => sign(snapshotType, snapshot),
    changes: (changes) => sign(changesType, changes),
  }
}
