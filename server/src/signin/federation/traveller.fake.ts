// A browser that signs in through a provider, for tests of every protocol.
import assert from 'node:assert/strict'
import { federationApi } from '@countersign/contract/api/federation'
import { signinFederationApi } from '@countersign/contract/api/signin-federation'
import { identityProviderDraft } from '@countersign/contract/identity-provider'
import type { z } from 'zod'
import type { Answered, House } from '#signin/house.fake'
import type { Browser } from '#signin/browser.fake'

type Draft = z.input<typeof identityProviderDraft>

/** Adds or changes a provider as the operator would. */
export async function putProvider(
  house: House,
  provider: Draft,
  more: { readonly clientSecret?: string; readonly newKey?: boolean } = {},
) {
  const { body } = await house.call(
    federationApi.putProvider,
    { kind: 'operator' },
    { params: { provider: provider.id }, body: { provider, ...more } },
  )
  return body
}

/** Begins a journey; gives the address at the provider. */
export async function beginAt(
  browser: Browser,
  provider: string,
  query: { readonly return?: string; readonly fresh?: '1' } = {},
): Promise<URL> {
  const { redirect } = await browser.call(signinFederationApi.begin, {
    params: { provider },
    query,
  })
  assert.ok(redirect !== undefined)
  return new URL(redirect)
}

/** Comes back from an OpenID provider with this address; gives where it goes next. */
export async function comeBack(browser: Browser, provider: string, address: URL): Promise<URL> {
  const query = Object.fromEntries(address.searchParams)
  const answered: Answered<typeof signinFederationApi.oidcCallback> = await browser.call(
    signinFederationApi.oidcCallback,
    { params: { provider }, query },
  )
  assert.ok(answered.redirect !== undefined)
  return new URL(answered.redirect)
}

/** The code of the problem that an address tells of; undefined where it tells of none. */
export function problemAt(address: URL): string | undefined {
  return address.pathname === '/signin'
    ? (address.searchParams.get('problem') ?? undefined)
    : undefined
}
