// SAML as administrators set it up: the metadata of others is read into settings, and the key with
// which we sign is rolled over.
import { samlApplicationsApi, samlIdentityApi } from '@countersign/contract/api/saml'
import { problem } from '@countersign/contract/problems'
import { actorOf } from '#http/caller'
import type { SigninDependencies } from '#http/dependencies'
import { type Implementation, implement } from '#http/implement'
import { takeTurn } from '#signin/turn.store'
import { rolled, type SamlKeyring } from './keys.ts'
import { keysOf, meansOf, newKey, writeKeyring } from './keys.store.ts'
import { readApplicationMetadata, readProviderMetadata } from './metadata.ts'
import { SamlFault } from './xml.ts'

/** What answers `samlReadProvider`, `samlReadApplication`, `samlKeys` and `samlRollKeys`. */
export function samlAdministrationRoutes(deps: SigninDependencies): readonly Implementation[] {
  const { store, ledger } = deps
  return [
    implement(samlIdentityApi.samlReadProvider, async ({ body }) =>
      orSay(() => readProviderMetadata(body.metadata)),
    ),

    implement(samlApplicationsApi.samlReadApplication, async ({ body }) =>
      orSay(() => readApplicationMetadata(body.metadata)),
    ),

    implement(samlIdentityApi.samlKeys, async (_, { now }) =>
      shown(await keysOf(store.db, deps, now)),
    ),

    implement(samlIdentityApi.samlRollKeys, async ({ body }, { caller, now, reply }) => {
      const means = meansOf(deps, now)
      // Made before anyone waits for the journal.
      const made = await newKey(means)
      await keysOf(store.db, deps, now)
      let after: SamlKeyring | undefined
      const { sequence } = await ledger.write(actorOf(caller), async (tx) => {
        await takeTurn(tx)
        after = rolled(await keysOf(tx, deps, now), body.step, made)
        await writeKeyring(tx, after, means)
        return [
          {
            event: 'identity.saml-key.changed',
            kind: 'saml-keys',
            id: 'saml',
            after: { id: 'saml', ...shown(after) },
          },
        ]
      })
      if (!after) throw new Error('a key was rolled over that nobody has')
      reply.sequence(sequence)
      return shown(after)
    }),
  ]
}

function shown({ keys }: SamlKeyring) {
  return {
    keys: keys.map(({ id, state, certificate, createdAt }) => ({
      id,
      state,
      certificate,
      createdAt,
    })),
  }
}

/** What an administrator entered may be told what is wrong with it. */
function orSay<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof SamlFault)) throw error
    throw problem('identity.saml_metadata_invalid', error.message)
  }
}
