// An application, played by `openid-client`, which is not the library under test.
import assert from 'node:assert/strict'
import * as openid from 'openid-client'
import type { Browser, Town } from './town.fake.ts'

export const redirectUri = 'https://wiki.example.org/callback'

/** What an application remembers of a question until the answer comes. */
export interface Asked {
  readonly url: URL
  readonly verifier: string
  readonly nonce: string
  readonly state: string
}

export class ClientFake {
  readonly config: openid.Configuration
  readonly #redirectUri: string

  private constructor(config: openid.Configuration, redirect: string) {
    this.config = config
    this.#redirectUri = redirect
  }

  static async discover(
    town: Town,
    id: string,
    proof: openid.ClientAuth,
    {
      redirect = redirectUri,
      metadata = {},
    }: {
      readonly redirect?: string
      readonly metadata?: Partial<openid.ClientMetadata>
    } = {},
  ): Promise<ClientFake> {
    const config = await openid.discovery(town.issuer, id, metadata, proof, {
      execute: [openid.allowInsecureRequests],
    })
    return new ClientFake(config, redirect)
  }

  /** The address to which it sends a browser. */
  async question(more: Readonly<Record<string, string>> = {}, scope = 'openid'): Promise<Asked> {
    const verifier = openid.randomPKCECodeVerifier()
    const nonce = openid.randomNonce()
    const state = openid.randomState()
    const url = openid.buildAuthorizationUrl(this.config, {
      redirect_uri: this.#redirectUri,
      scope,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      nonce,
      state,
      ...more,
    })
    return { url, verifier, nonce, state }
  }

  /** Trades the code that a browser brought back. */
  tokens({ verifier, nonce, state }: Asked, answer: URL, options?: openid.DPoPOptions) {
    return openid.authorizationCodeGrant(
      this.config,
      answer,
      { pkceCodeVerifier: verifier, expectedNonce: nonce, expectedState: state },
      undefined,
      options,
    )
  }

  /** All of it: the browser goes there and back, and the code is traded. */
  async signOn(browser: Browser, more: Readonly<Record<string, string>> = {}, scope = 'openid') {
    const asked = await this.question(more, scope)
    const answer = await leftFor(browser, asked.url)
    return this.tokens(asked, answer)
  }
}

/** Where the browser leaves to when it visits this. */
export async function leftFor(browser: Browser, url: URL | string): Promise<URL> {
  const { left, page } = await browser.visit(url)
  assert.ok(left, `the browser stayed: ${page?.status} ${await page?.text()}`)
  return left
}

/** Expects that a library's call is refused with this OAuth error. */
export async function refusedWith(work: Promise<unknown>, error: string): Promise<void> {
  await assert.rejects(work, (thrown) => {
    const found = Object(thrown) as { readonly error?: unknown; readonly cause?: unknown }
    assert.equal(found.error, error, String(thrown))
    return true
  })
}
