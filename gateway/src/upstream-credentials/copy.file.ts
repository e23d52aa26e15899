// The credentials as they arrived, sealed, so that a gateway that starts while the control plane is
// away still signs people in.
import { readFileSync } from 'node:fs'
import { writeAtomically } from '#atomic-write.file'

export interface CredentialsCopy {
  /** Undefined where there is none. Throws what else the disk throws. */
  readonly read: () => string | undefined
  readonly write: (sealed: string) => void
}

export function credentialsCopy(path: string): CredentialsCopy {
  return {
    read() {
      try {
        return readFileSync(path, 'utf8')
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
        throw error
      }
    },
    write: (sealed) => writeAtomically(path, sealed),
  }
}
