// How an application wants to learn who is there, beyond the signed assertion that every one gets.
// What is not asked for is not told: names, addresses and memberships concern people.
import { z } from 'zod'
import { claimedHeaders } from './claimed-headers.ts'
import { isInternal } from './classification.ts'

/** What an assertion may be signed with; the first unless the application asks for another. */
export const assertionAlgorithms = ['EdDSA', 'ES256'] as const
export type AssertionAlgorithm = (typeof assertionAlgorithms)[number]

/** What is known of a person that an application may ask for. */
const personalClaims = ['name', 'email', 'groups'] as const
export type PersonalClaim = (typeof personalClaims)[number]

/** Header names in use for this, by what they carry. Clients can send none of them to anybody. */
export const usualIdentityHeaders = {
  user: [
    'x-forwarded-user',
    'x-forwarded-preferred-username',
    'x-auth-request-user',
    'x-auth-request-preferred-username',
    'remote-user',
    'x-remote-user',
    'x-webauth-user',
    'x-authenticated-user',
  ],
  name: ['remote-name', 'x-webauth-name'],
  email: ['x-forwarded-email', 'x-auth-request-email', 'remote-email', 'x-webauth-email'],
  groups: [
    'x-forwarded-groups',
    'x-auth-request-groups',
    'remote-groups',
    'x-remote-group',
    'x-remote-groups',
    'x-webauth-groups',
  ],
} as const

const groupsMaxCount = 64
const headerNameMaxCharacters = 64

const headerName = isInternal(
  z
    .string()
    .max(headerNameMaxCharacters)
    .refine(
      isIdentityHeader,
      'use a usual name such as `x-forwarded-user`, or one of your own that begins with `x-`, in lower case',
    ),
)

export const upstreamIdentity = z
  .strictObject({
    /**
     * What the application believes, said by whoever set it up there. A gateway does not look at
     * this; the checklist before publishing does.
     */
    reliesOn: isInternal(z.enum(['assertion', 'headers', 'nothing'])).optional(),
    algorithm: isInternal(z.enum(assertionAlgorithms)).optional(),
    /** Whether the assertion is good for one method and path only. */
    boundToRequest: isInternal(z.boolean()).optional(),
    /** What of a person the assertion says besides the id. */
    claims: isInternal(z.array(z.enum(personalClaims)).max(personalClaims.length)).optional(),
    /** Plain headers, for applications that verify no signature: the name under which each is sent. */
    headers: z
      .strictObject({
        user: headerName.optional(),
        name: headerName.optional(),
        email: headerName.optional(),
        groups: headerName.optional(),
      })
      .refine((names) => areDistinct(Object.values(names)), 'give each header a name of its own')
      .optional(),
    /** The groups whose members the application tells apart. It hears of no others. */
    groups: isInternal(z.array(z.string().min(1).max(128)).min(1).max(groupsMaxCount)).optional(),
  })
  .refine(
    ({ claims, headers, groups }) =>
      groups !== undefined || !(claims?.includes('groups') || headers?.groups !== undefined),
    { path: ['groups'], error: 'name the groups that the application needs to hear of' },
  )
export type UpstreamIdentity = z.infer<typeof upstreamIdentity>

/**
 * Whether a header may carry an identity: one of the usual names, or a name of one's own with which
 * nothing else is said.
 */
export function isIdentityHeader(name: string): boolean {
  if (usual.has(name)) return true
  return /^x-[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) && !isClaimed(name)
}

/** The names of its own with which an application is told who is there. */
export function ownIdentityHeaders(identity: UpstreamIdentity | undefined): readonly string[] {
  return Object.values(identity?.headers ?? {}).flatMap((name) =>
    name === undefined || usual.has(name) ? [] : name,
  )
}

const usual: ReadonlySet<string> = new Set(Object.values(usualIdentityHeaders).flat())

function isClaimed(header: string): boolean {
  return claimedHeaders.some(({ name }) =>
    name.endsWith('*') ? header.startsWith(name.slice(0, -1)) : header === name,
  )
}

function areDistinct(names: readonly (string | undefined)[]): boolean {
  const given = names.filter((name) => name !== undefined)
  return new Set(given).size === given.length
}
