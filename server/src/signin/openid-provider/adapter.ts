// The store as the provider's library asks for it. What only the other side has is looked up by its
// hash, so that who reads the store has none of it; what the library must find again without having
// been told goes by a name that only we can make.
import { createHmac } from 'node:crypto'
import type { Secret } from '@countersign/contract/secret'
import { tokenHash } from '@countersign/contract/session'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { errors } from 'oidc-provider'
import { readDocument } from '#journal/documents.store'
import type { Dependencies } from '#http/dependencies'
import { isSame } from '#signin/secrets'
import { clientSecretKind, clientSecrets, hashesAsSecret } from './client-secret.ts'
import { clientMetadata, openIdSignOnOf } from './client.ts'
import {
  addRecord,
  consumeRecord,
  deleteGranted,
  deleteRecord,
  findRecord,
  type FoundRecord,
  putRecord,
} from './records.store.ts'

export interface AdapterOptions extends Pick<Dependencies, 'store' | 'ledger' | 'now'> {
  readonly own: Secret
}

/** What the library makes an adapter of, for each of its models. */
export function adapters(options: AdapterOptions): (model: string) => Adapter {
  return (model) => (model === 'Client' ? new Registrations(options) : new Records(model, options))
}

/** Clients are applications of the inventory; the library changes none. */
class Registrations implements Adapter {
  readonly #options: AdapterOptions

  constructor(options: AdapterOptions) {
    this.#options = options
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const { ledger, store, now } = this.#options
    const application = ledger.estate.get('application', id)
    const signOn = openIdSignOnOf(application)
    if (!application || !signOn) return undefined
    if (signOn.proof !== 'client_secret_basic') {
      return clientMetadata(application, signOn, undefined)
    }
    const found = await readDocument(store.db, clientSecretKind, id)
    const kept = found && clientSecrets.parse(found)
    return clientMetadata(application, signOn, hashesAsSecret(kept, now()))
  }

  async findByUid(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
  async upsert(): Promise<void> {
    throw unchanging()
  }
  async consume(): Promise<void> {
    throw unchanging()
  }
  async destroy(): Promise<void> {
    throw unchanging()
  }
  async revokeByGrantId(): Promise<void> {}
}

class Records implements Adapter {
  readonly #model: string
  readonly #options: AdapterOptions

  constructor(model: string, options: AdapterOptions) {
    this.#model = model
    this.#options = options
  }

  async upsert(id: string, payload: AdapterPayload, expiresInSeconds = 0): Promise<void> {
    const { store, now } = this.#options
    // `jti` is what the other side has; `consumed` has a column of its own. An interaction is its
    // browser's, by its cookie: the session in it may be another by the time they come back.
    const { jti: _jti, consumed: _consumed, session, userCode, grantId, ...said } = payload
    const rest =
      session === undefined || this.#model === 'Interaction' ? said : { ...said, session }
    const record = {
      id: this.#hash(id),
      model: this.#model,
      grant: grantId,
      userCode: userCode === undefined ? undefined : this.#hash(userCode),
      body: { ...rest, ...(grantId === undefined ? {} : { grantId }) },
      expiresAt: now() + expiresInSeconds * 1000,
    }
    if (this.#model !== 'ReplayDetection') return putRecord(store.db, record)
    // Of two that show the same proof at once, one gets through.
    if (!(await addRecord(store.db, record))) throw new errors.InvalidRequest('used before')
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const { store, now } = this.#options
    const found = await findRecord(store.db, this.#model, { id: this.#hash(id) }, now())
    return found && payloadOf(found, id)
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    const { store, now } = this.#options
    const by = { userCode: this.#hash(userCode) }
    const found = await findRecord(store.db, this.#model, by, now())
    return found && { ...payloadOf(found, this.#nameOf(found.id)), userCode }
  }

  // Sessions are ours, and found by their own id; nothing else has a `uid`.
  async findByUid(): Promise<undefined> {}

  async consume(id: string): Promise<void> {
    const { store, now } = this.#options
    // The library looked before, and another may have come between.
    if (!(await consumeRecord(store.db, this.#model, this.#hash(id), now()))) {
      throw new errors.InvalidGrant('used before')
    }
  }

  async destroy(id: string): Promise<void> {
    await deleteRecord(this.#options.store.db, this.#model, this.#hash(id))
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await deleteGranted(this.#options.store.db, grantId)
  }

  #hash(id: string): string {
    const [, hash = '', proof = ''] = /^([0-9a-f]{64})\.([\w-]{43})$/.exec(id) ?? []
    if (hash !== '' && isSame(proof, this.#proofOf(hash))) return hash
    return tokenHash(`${this.#model}:${id}`)
  }

  #nameOf(hash: string): string {
    return `${hash}.${this.#proofOf(hash)}`
  }

  #proofOf(hash: string): string {
    return createHmac('sha256', this.#options.own.reveal())
      .update(`${this.#model}:${hash}`)
      .digest('base64url')
  }
}

// RFC 6749 §5.2 counts in seconds, and so does the library.
function payloadOf({ body, consumedAt }: FoundRecord, jti: string): AdapterPayload {
  return {
    ...body,
    jti,
    ...(consumedAt === undefined ? {} : { consumed: Math.floor(consumedAt / 1000) }),
  }
}

function unchanging(): Error {
  return new Error('clients are changed in the inventory of applications, never here')
}
