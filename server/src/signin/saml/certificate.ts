// A certificate around a public key of ours, signed by the key itself. In SAML a certificate is an
// envelope that metadata asks for: nobody follows a chain, and the key in it is all that counts.
import { createPrivateKey, createPublicKey, createSign } from 'node:crypto'

const validDays = 3_650
const dayMs = 86_400_000

/** In PEM (RFC 5280 §4.1). @param serial some random bytes. */
export function selfSigned({
  privateKey,
  name,
  serial,
  now,
}: {
  /** PKCS #8 in PEM, RSA. */
  readonly privateKey: string
  /** What people see in a list of certificates. */
  readonly name: string
  readonly serial: Uint8Array
  readonly now: number
}): string {
  const key = createPrivateKey(privateKey)
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const who = sequence(set(sequence(oid.commonName, der(0x0c, Buffer.from(name)))))
  const algorithm = sequence(oid.sha256WithRsa, der(0x05, Buffer.alloc(0)))
  const toBeSigned = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), serial])),
    algorithm,
    who,
    sequence(time(now - dayMs), time(now + validDays * dayMs)),
    who,
    publicKey,
  )
  const signature = createSign('RSA-SHA256').update(toBeSigned).sign(key)
  const certificate = sequence(
    toBeSigned,
    algorithm,
    der(0x03, Buffer.concat([Buffer.from([0]), signature])),
  )
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

const oid = {
  /** 2.5.4.3 */
  commonName: Buffer.from('0603550403', 'hex'),
  /** 1.2.840.113549.1.1.11 */
  sha256WithRsa: Buffer.from('06092a864886f70d01010b', 'hex'),
} as const

// X.690 §8.1: a tag, a length, and what is inside.
function der(tag: number, content: Uint8Array): Buffer {
  const size = content.length
  const long = size < 0x80 ? [] : [...Buffer.from(size.toString(16).padStart(8, '0'), 'hex')]
  const digits = long.slice(long.findIndex((it) => it > 0))
  const length = size < 0x80 ? [size] : [0x80 | digits.length, ...digits]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, Buffer.concat(parts))
const set = (part: Uint8Array): Buffer => der(0x31, part)
const integer = (bytes: Uint8Array): Buffer => der(0x02, bytes)

// §4.1.2.5: until 2049 as UTCTime, afterwards as GeneralizedTime.
function time(ms: number): Buffer {
  const digits = `${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`
  return digits < '2050' ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits))
}
