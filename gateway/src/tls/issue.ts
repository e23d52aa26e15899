// Certificates that we make ourselves: an authority for one installation, and what it issues.
// Keys are ECDSA on P-256. Keys and serial numbers come from the source of chance that is given.
// The library registers its parts through decorators, which need this polyfill.
import 'reflect-metadata'
import type { webcrypto } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

export interface IssuedPair {
  /** The certificate in PEM. */
  readonly chain: string
  /** Its private key in PEM (PKCS #8). */
  readonly key: string
}

export interface IssueMeans {
  readonly crypto: webcrypto.Crypto
  /** Milliseconds since the epoch. */
  readonly now: number
}

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const dayMs = 86_400_000
/** So that a machine whose clock is a little behind already believes it. */
const backdatedMs = 3_600_000

/** An authority that may issue certificates for hosts, and no further authorities. */
export async function issueAuthority(
  { name, days }: { readonly name: string; readonly days: number },
  { crypto, now }: IssueMeans,
): Promise<IssuedPair> {
  const keys = await newKeys(crypto)
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [name] }],
      keys,
      ...validity(now, days),
      serialNumber: serialNumber(crypto),
      signingAlgorithm: ecdsa,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  )
  return { chain: certificate.toString('pem'), key: await keyText(keys.privateKey, crypto) }
}

export interface LeafNames {
  readonly hosts?: readonly string[]
  /** URIs such as a SPIFFE ID. */
  readonly uris?: readonly string[]
}

/** A certificate of an authority for a program that serves, or asks, under some names. */
export async function issueLeaf(
  authority: IssuedPair,
  {
    names: { hosts = [], uris = [] },
    days,
    usage,
  }: { readonly names: LeafNames; readonly days: number; readonly usage: 'server' | 'client' },
  { crypto, now }: IssueMeans,
): Promise<IssuedPair> {
  const issuer = new X509Certificate(authority.chain)
  const keys = await newKeys(crypto)
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([
      usage === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
    ]),
    // RFC 5280 §4.2.1.6: critical, because the subject is empty.
    new SubjectAlternativeNameExtension(
      [
        ...hosts.map((value) => ({ type: 'dns', value }) as const),
        ...uris.map((value) => ({ type: 'url', value }) as const),
      ],
      true,
    ),
    await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
    await AuthorityKeyIdentifierExtension.create(issuer, false, crypto),
  ]
  const certificate = await X509CertificateGenerator.create(
    {
      issuer: issuer.subjectName,
      publicKey: keys.publicKey,
      signingKey: await readSigningKey(authority.key, crypto),
      ...validity(now, days),
      serialNumber: serialNumber(crypto),
      signingAlgorithm: ecdsa,
      extensions,
    },
    crypto,
  )
  return { chain: certificate.toString('pem'), key: await keyText(keys.privateKey, crypto) }
}

function newKeys(crypto: webcrypto.Crypto): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ecdsa, true, ['sign', 'verify'])
}

function validity(
  now: number,
  days: number,
): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(now - backdatedMs), notAfter: new Date(now + days * dayMs) }
}

// RFC 5280 §4.1.2.2: positive and at most 20 octets; 127 random bits.
function serialNumber(crypto: webcrypto.Crypto): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return Buffer.from(bytes).toString('hex')
}

async function keyText(key: webcrypto.CryptoKey, { subtle }: webcrypto.Crypto): Promise<string> {
  const bytes = Buffer.from(await subtle.exportKey('pkcs8', key))
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`
}

function readSigningKey(pem: string, { subtle }: webcrypto.Crypto): Promise<webcrypto.CryptoKey> {
  const base64 = pem.replace(/-----[^-]+-----/g, '')
  return subtle.importKey('pkcs8', Buffer.from(base64, 'base64'), ecdsa, false, ['sign'])
}
