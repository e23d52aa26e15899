// Gateways: how one is invited and enrolled, how far each is, and what they hand over.
import { isDeepStrictEqual } from 'node:util'
import { networksApi, type PublicKey } from '@countersign/contract/api/networks'
import { hostsApi } from '@countersign/contract/api/inventory'
import { newId } from '@countersign/contract/ids'
import { problem } from '@countersign/contract/problems'
import { tokenHash } from '@countersign/contract/session'
import { actorOf } from '#http/caller'
import type { Dependencies } from '#http/dependencies'
import { implement, type Implementation } from '#http/implement'
import { readDocument } from '#journal/documents.store'
import { pageOf } from '#pillars/inventory'
import type { DecisionLog } from '#pillars/visibility/log'
import {
  type GatewayDocument,
  gatewayKind,
  type Gateways,
  invitationDocument,
  invitationKind,
} from './gateways.ts'

export interface NetworkDependencies extends Pick<
  Dependencies,
  'ledger' | 'settings' | 'now' | 'randomBytes'
> {
  readonly gateways: Gateways
  readonly decisions: DecisionLog
  /** The public half of the key that signs the feed. */
  readonly feedKey: PublicKey
}

const invitationMaxAgeMs = 3_600_000
const tokenBytes = 32

export function networksRoutes(dependencies: NetworkDependencies): readonly Implementation[] {
  const { ledger, settings, now, randomBytes, gateways, decisions, feedKey } = dependencies
  const ids = { now, randomBytes }
  return [
    implement(networksApi.invite, async (_, { caller, now: at, reply }) => {
      const token = Buffer.from(randomBytes(tokenBytes)).toString('base64url')
      const expiresAt = at + invitationMaxAgeMs
      const invitation = { id: tokenHash(token), expiresAt }
      const { sequence } = await ledger.write(actorOf(caller), [
        {
          event: 'identity.link.issued',
          kind: invitationKind,
          id: invitation.id,
          after: invitation,
        },
      ])
      reply.sequence(sequence)
      return { token, expiresAt }
    }),
    implement(
      networksApi.enrol,
      async ({ body: { token, name, publicKey } }, { now: at, reply }) => {
        const id = tokenHash(token)
        const gateway: GatewayDocument = {
          id: newId('gateway', ids),
          name,
          publicKey,
          enrolledAt: at,
        }
        const { sequence } = await ledger.write(actorOfGateway(gateway.id), async (tx) => {
          const found = await readDocument(tx, invitationKind, id)
          if (!found || invitationDocument.parse(found).expiresAt <= at) {
            throw problem('networks.enrolment_refused')
          }
          return [
            { event: 'identity.link.spent', kind: invitationKind, id, after: null },
            {
              event: 'networks.gateway.enrolled',
              kind: gatewayKind,
              id: gateway.id,
              after: gateway,
            },
          ]
        })
        reply.sequence(sequence)
        return { gateway: gateway.id, feedKey, consoleUrl: settings.publicUrl.origin }
      },
    ),
    implement(networksApi.gateways, async () => ({
      gateways: gateways.all().map(({ id, name, enrolledAt }) => ({
        id,
        name,
        enrolledAt,
        ...seenOf(gateways, id),
      })),
    })),
    implement(networksApi.reportHealth, async ({ body }, { caller, now: at }) => {
      if (caller.kind !== 'gateway') throw problem('networks.gateway_not_enrolled')
      gateways.heard(caller.id, at, body)
      return {}
    }),
    implement(networksApi.tellKeys, async ({ body: { p256 } }, { caller, now: at, reply }) => {
      const gateway = caller.kind === 'gateway' ? gateways.get(caller.id) : undefined
      if (!gateway) throw problem('networks.gateway_not_enrolled')
      gateways.saw(gateway.id, at)
      const keys = [gateway.publicKey, p256]
      if (!isDeepStrictEqual(ledger.estate.get('signer', gateway.id)?.keys, keys)) {
        const { sequence } = await ledger.write(actorOfGateway(gateway.id), [
          {
            event: 'networks.gateway.keys-told',
            kind: 'signer',
            id: gateway.id,
            after: { id: gateway.id, keys },
          },
        ])
        reply.sequence(sequence)
      }
      return {}
    }),
    implement(networksApi.ship, async ({ body: { records } }, { caller, now: at }) => {
      if (caller.kind !== 'gateway') throw problem('networks.gateway_not_enrolled')
      gateways.saw(caller.id, at)
      const foreign = records.find(({ gateway }) => gateway !== caller.id)
      if (foreign) {
        throw problem(
          'request.malformed',
          `the record \`${foreign.id}\` was made by \`${foreign.gateway}\`; a gateway hands over its own`,
        )
      }
      await decisions.keep(records)
      return { kept: records.length }
    }),
    implement(hostsApi.hosts, async ({ query }) => pageOf(ledger.estate, 'host', query)),
  ]
}

function seenOf(gateways: Gateways, id: string) {
  const { health, ...seen } = gateways.sightingOf(id) ?? {}
  return { ...seen, failing: [...(health?.failing ?? [])] }
}

function actorOfGateway(id: string): string {
  return `Gateway::${JSON.stringify(id)}`
}
