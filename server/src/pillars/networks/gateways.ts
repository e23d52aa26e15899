// The gateways that are enrolled, with the keys that prove them, and when each was last heard of.
import { createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { publicKey } from '@countersign/contract/api/networks'
import { isInternal } from '@countersign/contract/classification'
import type { FailingUpstream, UpstreamHealthReport } from '@countersign/contract/upstream-health'
import type { Batch } from '#journal/journal.store'

export const gatewayKind = 'gateway'
export const invitationKind = 'invitation'

/** The document of an enrolled gateway. It stays with the server. */
const gatewayDocument = z.strictObject({
  id: isInternal(z.string().max(64)),
  name: isInternal(z.string().min(1).max(64)),
  publicKey: isInternal(publicKey),
  /** Milliseconds since the epoch. */
  enrolledAt: isInternal(z.int().nonnegative()),
})
export type GatewayDocument = z.infer<typeof gatewayDocument>

/** The single-use token with which a gateway enrols. The id is the SHA-256 of the token in hex. */
export const invitationDocument = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{64}$/),
  /** Milliseconds since the epoch. */
  expiresAt: isInternal(z.int().nonnegative()),
})

export interface Gateway extends GatewayDocument {
  readonly key: KeyObject
}

interface Sighting {
  /** Milliseconds since the epoch. */
  readonly seenAt: number
  /** The feed position it was given last. */
  readonly sequence?: number
  /** What it told of the applications that it asks whether they work. */
  readonly health?: UpstreamHealthReport
}

/** What is known of an application that says how to find out whether it works. */
export type KnownHealth =
  | { readonly kind: 'works'; readonly gateways: number }
  | { readonly kind: 'fails'; readonly gateway: string; readonly failing: FailingUpstream }
  | { readonly kind: 'unasked' }

/** Follows the journal, so that a removed gateway is refused at its next request. */
export class Gateways {
  readonly #gateways = new Map<string, Gateway>()
  readonly #sightings = new Map<string, Sighting>()

  constructor(documents: readonly object[]) {
    for (const document of documents) this.#put(gatewayDocument.parse(document))
  }

  get(id: string): Gateway | undefined {
    return this.#gateways.get(id)
  }

  all(): readonly Gateway[] {
    return [...this.#gateways.values()].sort((left, right) => (left.id < right.id ? -1 : 1))
  }

  sightingOf(id: string): Sighting | undefined {
    return this.#sightings.get(id)
  }

  /** Notes that a gateway was heard of, and how far it was given the feed. */
  saw(id: string, seenAt: number, sequence = this.#sightings.get(id)?.sequence): void {
    const health = this.#sightings.get(id)?.health
    this.#sightings.set(id, {
      seenAt,
      ...(sequence === undefined ? {} : { sequence }),
      ...(health === undefined ? {} : { health }),
    })
  }

  /** Notes what a gateway told of the health of applications, in place of what it told before. */
  heard(id: string, seenAt: number, health: UpstreamHealthReport): void {
    this.saw(id, seenAt)
    this.#sightings.set(id, { ...this.#sightings.get(id), seenAt, health })
  }

  /** Whether an application works, for those gateways that asked and were heard since `since`. */
  healthOf(application: string, since: number): KnownHealth {
    let asked = 0
    for (const { id, name } of this.all()) {
      const { seenAt = 0, health } = this.#sightings.get(id) ?? {}
      if (health === undefined || seenAt < since) continue
      const failing = health.failing.find((it) => it.application === application)
      if (failing) return { kind: 'fails', gateway: name, failing }
      if (health.asked.includes(application)) asked += 1
    }
    return asked === 0 ? { kind: 'unasked' } : { kind: 'works', gateways: asked }
  }

  /** Follows one batch of the journal. */
  follow({ entries }: Batch): void {
    for (const { kind, id, after } of entries) {
      if (kind !== gatewayKind) continue
      if (after) this.#put(gatewayDocument.parse(after))
      else {
        this.#gateways.delete(id)
        this.#sightings.delete(id)
      }
    }
  }

  #put(document: GatewayDocument): void {
    const key = createPublicKey({ key: document.publicKey, format: 'jwk' })
    this.#gateways.set(document.id, { ...document, key })
  }
}
