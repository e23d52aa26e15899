// What has gone wrong at other providers, each under the name of the attack.
import assert from 'node:assert/strict'
import { createHash, createHmac, generateKeyPairSync, randomUUID } from 'node:crypto'
import { after, before, describe, it, mock } from 'node:test'
import { challengeLimits } from '#signin/attempts'
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose'
import * as openid from 'openid-client'
import { ClientFake, leftFor, redirectUri, refusedWith } from './client.fake.ts'
import { type Browser, confidential, Town } from './town.fake.ts'

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const publicJwk = { ...keys.publicKey.export({ format: 'jwk' }), kid: 'k1' } as {
  kty: 'EC'
  kid: string
}

let town: Town
let wiki: ClientFake
let secret: string
before(async () => {
  town = await Town.open()
  await town.application('wiki', confidential)
  await town.application('vault', confidential)
  await town.application('office', {
    ...confidential,
    proof: 'private_key_jwt',
    jwks: { keys: [publicJwk] },
  })
  secret = await town.secretOf('wiki')
  wiki = await ClientFake.discover(town, 'wiki', openid.ClientSecretBasic(secret))
})
after(() => town.close())

function ada(): Browser {
  const browser = town.browser()
  browser.signsInAs = { person: 'ada' }
  return browser
}

const tokenUrl = () => wiki.config.serverMetadata().token_endpoint ?? ''

async function post(
  url: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
) {
  const body = new URLSearchParams(fields)
  const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual' })
  return { status: response.status, ...((await response.json()) as { error?: string }) }
}

const basic = (id: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`,
})

describe('an open redirect', () => {
  it('is refused: an address counts as it was registered, letter by letter', async () => {
    for (const address of [
      'https://evil.example/callback',
      `${redirectUri}/`,
      `${redirectUri}?next=https://evil.example`,
      `${redirectUri}#x`,
      'https://wiki.example.org/Callback',
      'https://wiki.example.org:443/callback',
      'https://WIKI.example.org/callback',
      'https://wiki.example.org/callback/../evil',
      'https://wiki.example.org@evil.example/callback',
      'http://wiki.example.org/callback',
      'javascript:alert(1)//wiki.example.org/callback',
    ]) {
      const { url } = await wiki.question({ redirect_uri: address })
      const { page, left } = await ada().visit(url)
      assert.equal(left, undefined, address)
      assert.equal(page?.status, 400, address)
    }
  })

  it('is refused without an address, and with two', async () => {
    const { url } = await wiki.question()
    url.searchParams.delete('redirect_uri')
    assert.equal((await ada().visit(url)).page?.status, 400)
    url.searchParams.append('redirect_uri', redirectUri)
    url.searchParams.append('redirect_uri', 'https://evil.example/')
    assert.equal((await ada().visit(url)).page?.status, 400)
  })

  it('is refused after a sign-out too', async () => {
    const url = openid.buildEndSessionUrl(wiki.config, {
      post_logout_redirect_uri: 'https://evil.example/',
    })
    const { page, left } = await ada().visit(url)
    assert.equal(left, undefined)
    assert.equal(page?.status, 400)
  })
})

describe('a code that was stolen', () => {
  it('is worth nothing in the session of another: code injection', async () => {
    const mine = await wiki.question()
    const stolen = await leftFor(ada(), (await wiki.question()).url)
    stolen.searchParams.set('state', mine.state)
    await refusedWith(wiki.tokens(mine, stolen), 'invalid_grant')
  })

  it('is worth nothing at another application', async () => {
    const asked = await wiki.question()
    const answer = await leftFor(ada(), asked.url)
    const fields = {
      grant_type: 'authorization_code',
      code: answer.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: asked.verifier,
    }
    const other = basic('vault', await town.secretOf('vault'))
    assert.equal((await post(tokenUrl(), fields, other)).error, 'invalid_grant')
  })

  it('takes back what it gave when it is used again: code replay', async () => {
    const asked = await wiki.question()
    const answer = await leftFor(ada(), asked.url)
    const tokens = await wiki.tokens(asked, answer)
    await refusedWith(wiki.tokens(asked, answer), 'invalid_grant')
    const refresh = openid.refreshTokenGrant(wiki.config, tokens.refresh_token ?? '')
    await refusedWith(refresh, 'invalid_grant')
    await assert.rejects(openid.fetchUserInfo(wiki.config, tokens.access_token, 'ada'))
  })

  it('is good for one of two that use it at once', async () => {
    const asked = await wiki.question()
    const answer = await leftFor(ada(), asked.url)
    const tries = await Promise.allSettled([1, 2, 3].map(() => wiki.tokens(asked, answer)))
    assert.ok(tries.filter(({ status }) => status === 'fulfilled').length <= 1)
  })

  it('is good for a minute', async () => {
    const asked = await wiki.question()
    const answer = await leftFor(ada(), asked.url)
    await later(61_000, async () => {
      await refusedWith(wiki.tokens(asked, answer), 'invalid_grant')
    })
  })
})

describe('PKCE', () => {
  it('cannot be left out, nor weakened to `plain`: a downgrade', async () => {
    const { url } = await wiki.question()
    const without = new URL(url)
    without.searchParams.delete('code_challenge')
    without.searchParams.delete('code_challenge_method')
    const plain = new URL(url)
    plain.searchParams.set('code_challenge_method', 'plain')
    const implied = new URL(url)
    implied.searchParams.delete('code_challenge_method')
    for (const weaker of [without, plain, implied]) {
      const answer = await leftFor(ada(), weaker)
      assert.equal(answer.searchParams.get('error'), 'invalid_request')
      assert.equal(answer.searchParams.get('code'), null)
    }
  })

  it('cannot be left out when the code is traded', async () => {
    const asked = await wiki.question()
    const answer = await leftFor(ada(), asked.url)
    const fields = {
      grant_type: 'authorization_code',
      code: answer.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
    }
    assert.equal((await post(tokenUrl(), fields, basic('wiki', secret))).error, 'invalid_grant')
  })
})

describe('a mix-up of providers', () => {
  it('shows: every answer names who gives it, errors too', async () => {
    const issuer = `${town.origin}/oidc`
    const good = await leftFor(ada(), (await wiki.question()).url)
    assert.equal(good.searchParams.get('iss'), issuer)
    const bad = await leftFor(town.browser(), (await wiki.question({ prompt: 'none' })).url)
    assert.equal(bad.searchParams.get('iss'), issuer)
    const asked = await wiki.question()
    const answer = await leftFor(ada(), asked.url)
    answer.searchParams.set('iss', 'https://evil.example')
    await assert.rejects(wiki.tokens(asked, answer))
  })
})

describe('an assertion by which an application proves itself', () => {
  const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  const push = (assertion: string) =>
    post(`${town.origin}/oidc/request`, {
      client_assertion: assertion,
      client_assertion_type: assertionType,
      client_id: 'office',
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })
  const claims = (changes: Readonly<Record<string, unknown>> = {}) => {
    const iat = Math.floor(Date.now() / 1000)
    return {
      iss: 'office',
      sub: 'office',
      aud: `${town.origin}/oidc`,
      jti: randomUUID(),
      iat,
      exp: iat + 60,
      ...changes,
    }
  }
  const signed = (changes?: Readonly<Record<string, unknown>>) =>
    new SignJWT(claims(changes))
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .sign(keys.privateKey)

  it('is taken once', async () => {
    const assertion = await signed()
    assert.equal((await push(assertion)).status, 201)
    assert.equal((await push(assertion)).error, 'invalid_client')
  })

  it('is not taken unsigned, or under our public key as a secret: alg confusion', async () => {
    const unsigned = new UnsecuredJWT(claims()).encode()
    assert.equal((await push(unsigned)).error, 'invalid_client')
    const head = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'k1' })).toString('base64url')
    const body = Buffer.from(JSON.stringify(claims())).toString('base64url')
    const pem = keys.publicKey.export({ type: 'spki', format: 'pem' })
    const mac = createHmac('sha256', pem).update(`${head}.${body}`).digest('base64url')
    assert.equal((await push(`${head}.${body}.${mac}`)).error, 'invalid_client')
  })

  it('is not taken where it was made for somebody else: audience and issuer confusion', async () => {
    for (const changes of [
      { aud: 'https://other.example/token' },
      { iss: 'wiki' },
      { sub: 'wiki' },
      { exp: undefined },
      { jti: undefined },
    ]) {
      const { error = '' } = await push(await signed(changes))
      assert.match(error, /^invalid_(?:client|request)$/, JSON.stringify(changes))
    }
  })

  it('is taken within half a minute of clock skew, and not beyond', async () => {
    const now = Math.floor(Date.now() / 1000)
    assert.equal((await push(await signed({ iat: now + 20, nbf: now + 20 }))).status, 201)
    assert.equal((await push(await signed({ nbf: now + 120 }))).error, 'invalid_client')
    assert.equal((await push(await signed({ exp: now - 20 }))).status, 201)
    assert.equal((await push(await signed({ exp: now - 120 }))).error, 'invalid_client')
  })

  it('is not replaced by a secret, nor a secret by it', async () => {
    const fields = { grant_type: 'refresh_token', refresh_token: 'x' }
    const found = await post(tokenUrl(), fields, basic('office', 'x'))
    assert.equal(found.error, 'invalid_client')
    const assertion = { client_assertion: await signed(), client_assertion_type: assertionType }
    const both = await post(tokenUrl(), { ...fields, ...assertion }, basic('wiki', secret))
    assert.match(both.error ?? '', /invalid_(?:client|request)/)
  })
})

describe('a client secret', () => {
  const refresh = (password: string) =>
    post(tokenUrl(), { grant_type: 'refresh_token', refresh_token: 'x' }, basic('vault', password))

  it('counts for another day beside the next, and then no longer', async () => {
    const first = await town.secretOf('vault')
    const second = await town.secretOf('vault')
    for (const good of [first, second]) assert.equal((await refresh(good)).error, 'invalid_grant')
    assert.equal((await refresh('wrong')).error, 'invalid_client')
    await later(24 * 60 * 60_000 + 1, async () => {
      assert.equal((await refresh(first)).error, 'invalid_client')
      assert.equal((await refresh(second)).error, 'invalid_grant')
    })
  })

  it('is not its own hash', async () => {
    const { db } = town.server.store
    const row = await db
      .selectFrom('documents')
      .select('body')
      .where('kind', '=', 'client-secret')
      .where('id', '=', 'vault')
      .executeTakeFirstOrThrow()
    for (const [hash] of JSON.stringify(row.body).matchAll(/[0-9a-f]{64}/g)) {
      assert.equal((await refresh(hash)).error, 'invalid_client')
      assert.equal((await refresh(`sha256.${hash}`)).error, 'invalid_client')
    }
  })
})

describe('a refresh token', () => {
  it('takes everything back when it is used a second time: refresh token reuse', async () => {
    const first = await wiki.signOn(ada())
    const second = await openid.refreshTokenGrant(wiki.config, first.refresh_token ?? '')
    const again = openid.refreshTokenGrant(wiki.config, first.refresh_token ?? '')
    await refusedWith(again, 'invalid_grant')
    const newest = openid.refreshTokenGrant(wiki.config, second.refresh_token ?? '')
    await refusedWith(newest, 'invalid_grant')
    await assert.rejects(openid.fetchUserInfo(wiki.config, second.access_token, 'ada'))
  })

  it('is good for one of two that use it at once', async () => {
    const { refresh_token: token = '' } = await wiki.signOn(ada())
    const tries = await Promise.allSettled(
      [1, 2, 3].map(() => openid.refreshTokenGrant(wiki.config, token)),
    )
    assert.ok(tries.filter(({ status }) => status === 'fulfilled').length <= 1)
  })

  it('gives no more than it was given for', async () => {
    const { refresh_token: token = '' } = await wiki.signOn(ada())
    const more = openid.refreshTokenGrant(wiki.config, token, { scope: 'openid groups' })
    await refusedWith(more, 'invalid_scope')
  })
})

describe('a proof of possession', () => {
  it('is good once, for one key: DPoP replay', async () => {
    const keyPair = await openid.randomDPoPKeyPair('ES256', { extractable: true })
    const handle = openid.getDPoPHandle(wiki.config, keyPair)
    const asked = await wiki.question()
    const answer = await leftFor(ada(), asked.url)
    const tokens = await wiki.tokens(asked, answer, { DPoP: handle })
    assert.equal(tokens.token_type, 'dpop')
    const url = wiki.config.serverMetadata().userinfo_endpoint ?? ''
    const proof = await dpopProof(keyPair, url, tokens.access_token)
    const use = (scheme: string, headers: Readonly<Record<string, string>>) =>
      fetch(url, { headers: { authorization: `${scheme} ${tokens.access_token}`, ...headers } })
    assert.equal((await use('DPoP', { dpop: proof })).status, 200)
    assert.equal((await use('DPoP', { dpop: proof })).status, 401)
    const other = await openid.randomDPoPKeyPair('ES256', { extractable: true })
    const foreign = await dpopProof(other, url, tokens.access_token)
    assert.equal((await use('DPoP', { dpop: foreign })).status, 401)
    assert.equal((await use('Bearer', {})).status, 401)
    const elsewhere = await dpopProof(keyPair, `${town.origin}/other`, tokens.access_token)
    assert.equal((await use('DPoP', { dpop: elsewhere })).status, 401)
  })

  it('is asked of an application that registered so', async () => {
    await town.application('office', { ...confidential, requireDpop: true })
    const proof = openid.ClientSecretBasic(await town.secretOf('office'))
    const office = await ClientFake.discover(town, 'office', proof)
    const asked = await office.question()
    const browser = town.browser()
    await browser.signIn('ada')
    const answer = await leftFor(browser, asked.url)
    await refusedWith(office.tokens(asked, answer), 'invalid_grant')
  })
})

async function dpopProof(
  { privateKey, publicKey }: Awaited<ReturnType<typeof openid.randomDPoPKeyPair>>,
  htu: string,
  token: string,
): Promise<string> {
  return new SignJWT({
    htm: 'GET',
    htu,
    jti: randomUUID(),
    ath: createHash('sha256').update(token).digest('base64url'),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
    .setIssuedAt()
    .sign(privateKey)
}

/** Does something as if so much time had passed; people stay signed in meanwhile only if they may. */
async function later(ms: number, work: () => Promise<void>): Promise<void> {
  mock.timers.enable({ apis: ['Date'], now: Date.now() + ms })
  try {
    await work()
  } finally {
    mock.timers.reset()
  }
}

describe('a flood of questions from one address', () => {
  it('is stopped before it pushes out what others began, and stops nobody who is signed in', async () => {
    const flooded = await Town.open()
    try {
      await flooded.application('wiki', confidential)
      const client = await ClientFake.discover(flooded, 'wiki', openid.None())
      const { url } = await client.question()
      const { burst } = challengeLimits
      const asked = await Promise.all(
        Array.from({ length: 2 * burst }, () => fetch(url, { redirect: 'manual' })),
      )
      const statuses = new Set(asked.map(({ status }) => status))
      assert.deepEqual(statuses, new Set([303, 429]))
      const signedIn = flooded.browser()
      await signedIn.signIn('ada')
      assert.notEqual((await signedIn.ask(url)).status, 429)
    } finally {
      await flooded.close()
    }
  })
})
