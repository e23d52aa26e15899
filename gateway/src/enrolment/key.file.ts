// The gateway's own keys. They are made here, and their private parts never leave this machine.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { publicKey, type PublicKey } from '@countersign/contract/api/networks'
import { p256PublicKey, type P256PublicKey } from '@countersign/contract/signer'
import { sealingKey, type SealingKey } from '@countersign/contract/upstream-credential'
import { writeAtomically } from '#atomic-write.file'

export interface GatewayKey {
  readonly privateKey: KeyObject
  readonly publicKey: PublicKey
}

/** With which assertions are signed where an application cannot verify Ed25519 (RFC 7518 §3.4). */
export interface P256Key {
  readonly privateKey: KeyObject
  readonly publicKey: P256PublicKey
}

/** Reads the key, or makes one. Throws what the disk throws, and where the file is no such key. */
export function gatewayKey(path: string): GatewayKey {
  const privateKey = readKey(path) ?? keep(path, generateKeyPairSync('ed25519'))
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new Error(`\`${path}\` is not an Ed25519 key`)
  }
  return {
    privateKey,
    publicKey: publicKey.parse(createPublicKey(privateKey).export({ format: 'jwk' })),
  }
}

/** As `gatewayKey`, on the curve P-256. */
export function p256Key(path: string): P256Key {
  const privateKey =
    readKey(path) ?? keep(path, generateKeyPairSync('ec', { namedCurve: 'prime256v1' }))
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new Error(`\`${path}\` is not a P-256 key`)
  }
  return {
    privateKey,
    publicKey: p256PublicKey.parse(createPublicKey(privateKey).export({ format: 'jwk' })),
  }
}

/** What is sealed for this key only this gateway opens. */
export interface SealedFor {
  readonly privateKey: KeyObject
  readonly publicKey: SealingKey
}

/** As `gatewayKey`, for X25519. */
export function x25519Key(path: string): SealedFor {
  const privateKey = readKey(path) ?? keep(path, generateKeyPairSync('x25519'))
  if (privateKey.asymmetricKeyType !== 'x25519') throw new Error(`\`${path}\` is not an X25519 key`)
  return {
    privateKey,
    publicKey: sealingKey.parse(createPublicKey(privateKey).export({ format: 'jwk' })),
  }
}

function readKey(path: string): KeyObject | undefined {
  try {
    return createPrivateKey(readFileSync(path))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function keep(path: string, { privateKey }: { readonly privateKey: KeyObject }): KeyObject {
  writeAtomically(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  return privateKey
}
