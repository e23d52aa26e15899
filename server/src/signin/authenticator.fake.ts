// An authenticator in software, for tests: it keeps keys and signs real WebAuthn answers, also the
// ones that an honest authenticator would never give.
import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign as signWith,
} from 'node:crypto'

/** What is different from an honest answer in a browser at the right page. */
export interface Twist {
  readonly origin?: string
  readonly rpId?: string
  readonly challenge?: string
  readonly type?: string
  readonly crossOrigin?: boolean
  readonly userPresent?: boolean
  readonly userVerified?: boolean
  readonly backupEligible?: boolean
  readonly backedUp?: boolean
  /** The counter to give, whatever the last one was. */
  readonly counter?: number
  readonly userHandle?: string
  /** Sign with this key, or with a random one, instead of the credential's. */
  readonly wrongKey?: boolean | KeyObject
  readonly attestation?: 'none' | 'packed'
  /** The id of the new credential. */
  readonly credential?: Buffer
}

interface Credential {
  readonly id: string
  readonly rpId: string
  readonly userHandle: string
  readonly privateKey: KeyObject
  counter: number
}

/** What vouches for the model of an authenticator, as its maker put it there. */
export interface Maker {
  /** In DER, the authenticator's own first. */
  readonly certificates: readonly Buffer[]
  readonly key: KeyObject
}

type Answer = Readonly<Record<string, unknown>>

/** Options as they arrive from the server. */
type Options = Readonly<Record<string, unknown>>

const aaguid = 'c0de51b1-e0a0-4f7e-9a3b-0123456789ab'

export class Authenticator {
  readonly #origin: string
  readonly #backupEligible: boolean
  readonly #aaguid: Buffer
  readonly #maker: Maker | undefined
  readonly #credentials: Credential[] = []

  /** @param origin the page whose browser it sits in. */
  constructor(
    origin: string,
    model: {
      readonly backupEligible?: boolean
      readonly aaguid?: string
      readonly maker?: Maker
    } = {},
  ) {
    this.#origin = origin
    this.#backupEligible = model.backupEligible ?? true
    this.#aaguid = Buffer.from((model.aaguid ?? aaguid).replaceAll('-', ''), 'hex')
    this.#maker = model.maker
  }

  /** The ids of the credentials it keeps, oldest first. */
  get credentials(): readonly string[] {
    return this.#credentials.map(({ id }) => id)
  }

  /** Answers `navigator.credentials.create`. */
  create(options: Options, twist: Twist = {}): Answer {
    const { challenge, rp, user } = options as {
      readonly challenge: string
      readonly rp: { readonly id: string }
      readonly user: { readonly id: string }
    }
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const id = twist.credential ?? randomBytes(32)
    const credential: Credential = {
      id: id.toString('base64url'),
      rpId: rp.id,
      userHandle: user.id,
      privateKey,
      counter: 0,
    }
    this.#credentials.push(credential)
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
    const length = Buffer.alloc(2)
    length.writeUInt16BE(id.length)
    const attested = Buffer.concat([this.#aaguid, length, id, coseKey(x, y)])
    const authData = this.#authData(twist.rpId ?? rp.id, twist.counter ?? 0, twist, attested)
    const clientData = this.#clientData('webauthn.create', challenge, twist)
    const maker = twist.attestation === undefined ? this.#maker : undefined
    const isPacked = maker !== undefined || twist.attestation === 'packed'
    const signature = sign(maker?.key ?? privateKey, authData, clientData)
    const certificates = maker
      ? [cborText('x5c'), cborArray(maker.certificates.map(cborBytes))]
      : []
    const statement = isPacked
      ? cborMap([
          cborText('alg'),
          cborInt(-7),
          cborText('sig'),
          cborBytes(signature),
          ...certificates,
        ])
      : cborMap([])
    const attestationObject = cborMap([
      cborText('fmt'),
      cborText(isPacked ? 'packed' : 'none'),
      cborText('attStmt'),
      statement,
      cborText('authData'),
      cborBytes(authData),
    ])
    return {
      id: credential.id,
      rawId: credential.id,
      type: 'public-key',
      clientExtensionResults: { credProps: { rk: true } },
      authenticatorAttachment: 'platform',
      response: {
        clientDataJSON: clientData.toString('base64url'),
        attestationObject: attestationObject.toString('base64url'),
        transports: ['internal', 'hybrid'],
      },
    }
  }

  /** Answers `navigator.credentials.get` with its last credential for the site. */
  get(options: Options, twist: Twist = {}): Answer {
    const { challenge, rpId } = options as { readonly challenge: string; readonly rpId: string }
    const credential = this.#credentials.findLast((it) => it.rpId === rpId)
    if (!credential) throw new Error(`there is no credential for ${rpId}`)
    credential.counter = twist.counter ?? credential.counter + 1
    const authData = this.#authData(twist.rpId ?? rpId, credential.counter, twist)
    const clientData = this.#clientData('webauthn.get', challenge, twist)
    const key = signingKey(credential, twist)
    return {
      id: credential.id,
      rawId: credential.id,
      type: 'public-key',
      clientExtensionResults: {},
      authenticatorAttachment: 'platform',
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: sign(key, authData, clientData).toString('base64url'),
        userHandle: twist.userHandle ?? credential.userHandle,
      },
    }
  }

  // WebAuthn L3 §6.1: the hash of the site, the flags, the counter, and a new credential.
  #authData(rpId: string, counter: number, twist: Twist, attested?: Buffer): Buffer {
    const eligible = twist.backupEligible ?? this.#backupEligible
    const backedUp = twist.backedUp ?? eligible
    const flags =
      (twist.userPresent === false ? 0 : 0x01) |
      (twist.userVerified === false ? 0 : 0x04) |
      (eligible ? 0x08 : 0) |
      (backedUp ? 0x10 : 0) |
      (attested ? 0x40 : 0)
    const tail = Buffer.alloc(5)
    tail.writeUInt8(flags)
    tail.writeUInt32BE(counter, 1)
    const site = createHash('sha256').update(rpId).digest()
    return Buffer.concat([site, tail, attested ?? Buffer.alloc(0)])
  }

  #clientData(type: string, challenge: string, twist: Twist): Buffer {
    return Buffer.from(
      JSON.stringify({
        type: twist.type ?? type,
        challenge: twist.challenge ?? challenge,
        origin: twist.origin ?? this.#origin,
        crossOrigin: twist.crossOrigin ?? false,
      }),
    )
  }
}

function signingKey({ privateKey }: Credential, { wrongKey = false }: Twist): KeyObject {
  if (wrongKey === true) return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  return wrongKey === false ? privateKey : wrongKey
}

function sign(key: KeyObject, authData: Buffer, clientData: Buffer): Buffer {
  const hash = createHash('sha256').update(clientData).digest()
  return signWith('sha256', Buffer.concat([authData, hash]), key)
}

// RFC 9052 §7 and RFC 9053 §7.1: an ES256 key on P-256.
function coseKey(x: string, y: string): Buffer {
  return cborMap([
    cborInt(1),
    cborInt(2),
    cborInt(3),
    cborInt(-7),
    cborInt(-1),
    cborInt(1),
    cborInt(-2),
    cborBytes(Buffer.from(x, 'base64url')),
    cborInt(-3),
    cborBytes(Buffer.from(y, 'base64url')),
  ])
}

// RFC 8949 §3: a major type and a length or value, then the content.
function cbor(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value])
  if (value < 256) return Buffer.from([(major << 5) | 24, value])
  return Buffer.from([(major << 5) | 25, value >> 8, value & 255])
}

function cborInt(value: number): Buffer {
  return value >= 0 ? cbor(0, value) : cbor(1, -1 - value)
}

function cborBytes(bytes: Buffer): Buffer {
  return Buffer.concat([cbor(2, bytes.length), bytes])
}

function cborText(text: string): Buffer {
  return Buffer.concat([cbor(3, Buffer.byteLength(text)), Buffer.from(text)])
}

function cborArray(items: readonly Buffer[]): Buffer {
  return Buffer.concat([cbor(4, items.length), ...items])
}

function cborMap(entries: readonly Buffer[]): Buffer {
  return Buffer.concat([cbor(5, entries.length / 2), ...entries])
}
