// The gateway's own authority, made once and kept where only this program's user can read its key.
// It issues a certificate for a host when a visitor asks for one that an application serves.
import { webcrypto as crypto } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeAtomically } from '#atomic-write.file'
import { type Certificates, isDue } from './certificates.ts'
import { type IssuedPair, issueAuthority, issueLeaf } from './issue.ts'
import { CertificateFault, readCertificate, type ServerCertificate } from './server-certificate.ts'

export interface OwnOptions {
  readonly directory: string
  /** What people see in their list of authorities. */
  readonly name: string
  readonly now: () => number
  /** Whether an application is served at a host. */
  readonly isServed: (host: string) => boolean
  readonly refreshIntervalMs: number
}

export interface OwnCertificates extends Certificates {
  /** The certificate of the authority in PEM, for the trust stores of visitors. */
  readonly authority: string
}

const authorityDays = 3_650
const leafDays = 90
/** Certificates kept; each is issued anew when it is asked for. */
const keptMaxCount = 1_000

/** Reads the authority, or makes it. Rejects with `CertificateFault` or with what the disk says. */
export async function ownCertificates(options: OwnOptions): Promise<OwnCertificates> {
  const { now, isServed, refreshIntervalMs } = options
  const authority = await readAuthority(options)
  const kept = new Map<string, ServerCertificate>()
  const coming = new Map<string, Promise<ServerCertificate>>()

  const issue = async (host: string): Promise<ServerCertificate> => {
    try {
      const means = { crypto, now: now() }
      const pair = await issueLeaf(
        authority,
        { names: { hosts: [host] }, days: leafDays, usage: 'server' },
        means,
      )
      const certificate = readCertificate(pair, means.now)
      kept.delete(host)
      if (kept.size >= keptMaxCount) {
        const [oldest] = kept.keys()
        if (oldest !== undefined) kept.delete(oldest)
      }
      kept.set(host, certificate)
      return certificate
    } finally {
      coming.delete(host)
    }
  }

  return {
    authority: authority.chain,
    refreshIntervalMs,
    at(host) {
      if (!isServed(host)) return undefined
      const known = kept.get(host)
      if (known && !isDue(known, now())) return known
      // Many visitors at once make one certificate, not many.
      const already = coming.get(host)
      if (already) return already
      const issuing = issue(host)
      coming.set(host, issuing)
      return issuing
    },
    all: () => [...kept.values()],
    async refresh() {
      for (const host of kept.keys()) if (!isServed(host)) kept.delete(host)
    },
  }
}

async function readAuthority({ directory, name, now }: OwnOptions): Promise<IssuedPair> {
  const certificatePath = join(directory, 'authority.pem')
  const keyPath = join(directory, 'authority.key')
  const key = readIfThere(keyPath)
  const chain = readIfThere(certificatePath)
  if (key !== undefined && chain !== undefined) {
    const read = readCertificate({ chain, key }, now())
    return { chain: read.chain, key: read.key }
  }
  if (chain !== undefined) {
    throw new CertificateFault(
      `\`${keyPath}\` is missing: restore it, or remove \`${certificatePath}\` for a new authority that visitors must trust anew`,
    )
  }
  // A key alone is what a first start left behind that did not get further.
  const made = await issueAuthority({ name, days: authorityDays }, { crypto, now: now() })
  writeAtomically(keyPath, made.key)
  writeAtomically(certificatePath, made.chain)
  return made
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
