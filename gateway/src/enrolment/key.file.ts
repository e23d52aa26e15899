// The gateway's own key. It is made here, and its private part never leaves this machine.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { publicKey, type PublicKey } from '@countersign/contract/api/networks'
import { writeAtomically } from '#atomic-write.file'

export interface GatewayKey {
  readonly privateKey: KeyObject
  readonly publicKey: PublicKey
}

/** Reads the key, or makes one. Throws what the disk throws, and where the file is no such key. */
export function gatewayKey(path: string): GatewayKey {
  const privateKey = readKey(path) ?? makeKey(path)
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new Error(`\`${path}\` is not an Ed25519 key`)
  }
  return {
    privateKey,
    publicKey: publicKey.parse(createPublicKey(privateKey).export({ format: 'jwk' })),
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

function makeKey(path: string): KeyObject {
  const { privateKey } = generateKeyPairSync('ed25519')
  writeAtomically(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  return privateKey
}
