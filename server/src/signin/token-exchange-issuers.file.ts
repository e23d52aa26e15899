// The systems whose tokens may be exchanged, and where the keys of each are. Which of their tokens
// stand for which workload is for the workloads to say; from an issuer that is not here none does.
import { readFile } from 'node:fs/promises'
import { SettingError } from '@countersign/contract/setting-value'
import { tokenIssuer } from '@countersign/contract/workload-federation'
import { z } from 'zod'

const keySet = z.object({
  keys: z
    .array(z.looseObject({ kty: z.enum(['EC', 'OKP', 'RSA']), kid: z.string().min(1) }))
    .min(1),
})

const issuer = z
  .strictObject({
    issuer: tokenIssuer,
    /** Its public keys (RFC 7517 §5). */
    keys: keySet.optional(),
    /** Where it publishes them. */
    keysUrl: z.url().max(2_048).refine(isPrivate, 'https, or http on this machine').optional(),
    /**
     * Whether one token may be exchanged again and again. A token with a `jti` counts once otherwise,
     * which fits those that are made on demand and not those that lie in a file.
     */
    reusable: z.boolean().default(false),
  })
  .refine(({ keys, keysUrl }) => (keys === undefined) !== (keysUrl === undefined), {
    error: 'give either `keys` or `keysUrl`',
  })
  .refine(({ keys }) => keys?.keys.every((key) => !('d' in key)) !== false, {
    error: '`keys` holds a private key: give only public ones',
  })
export type TokenIssuer = z.infer<typeof issuer>

const file = z.strictObject({ issuers: z.array(issuer).max(100) })
const fileMaxCharacters = 1024 * 1024

/** The issuers in a file; none where `path` is empty. @throws SettingError where it cannot be used. */
export async function tokenIssuers(path: string): Promise<readonly TokenIssuer[]> {
  if (path === '') return []
  const fault = (why: string): SettingError =>
    new SettingError(
      `\`COUNTERSIGN_TOKEN_ISSUERS\` is \`${path}\`, which cannot be used: ${why}; docs/machines.md shows one`,
    )
  let value: unknown
  try {
    const text = await readFile(path, 'utf8')
    if (text.length > fileMaxCharacters) throw new RangeError('it is too long')
    value = JSON.parse(text)
  } catch (error) {
    throw fault(error instanceof Error ? error.message : String(error))
  }
  const parsed = file.safeParse(value)
  if (!parsed.success) {
    const [first] = parsed.error.issues
    throw fault(`\`${first?.path.join('.') ?? ''}\`: ${first?.message ?? ''}`)
  }
  const { issuers } = parsed.data
  if (new Set(issuers.map((it) => it.issuer)).size < issuers.length) {
    throw fault('an issuer is there twice')
  }
  return issuers
}

// Who could change the keys on their way could be any workload.
function isPrivate(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return (
    protocol === 'https:' ||
    (protocol === 'http:' && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname))
  )
}
