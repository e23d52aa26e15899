// The kinds of clients there are, and the ways they ask.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { policiesApi } from '@countersign/contract/api/inventory'
import { uid } from '@countersign/contract/entities'
import type { Subject } from '@countersign/contract/request'
import type { OpenIdSignOn } from '@countersign/contract/sign-on'
import { importPKCS8 } from 'jose'
import * as openid from 'openid-client'
import { ClientFake, leftFor, redirectUri, refusedWith } from './client.fake.ts'
import { type Browser, confidential, Town } from './town.fake.ts'

let town: Town
before(async () => {
  town = await Town.open()
})
after(() => town.close())

async function signedIn(): Promise<Browser> {
  const browser = town.browser()
  await browser.signIn('ada')
  return browser
}

describe('a program on the own machine of a person', () => {
  const native: OpenIdSignOn = {
    kind: 'oidc',
    redirectUris: ['http://127.0.0.1/callback'],
    proof: 'none',
    scopes: [],
  }

  it('keeps no secret, proves its code with PKCE, and listens at any port', async () => {
    await town.application('wiki', native)
    const redirect = 'http://127.0.0.1:51234/callback'
    const program = await ClientFake.discover(town, 'wiki', openid.None(), { redirect })
    const tokens = await program.signOn(await signedIn())
    assert.equal(tokens.claims()?.sub, 'ada')
    assert.equal(tokens.refresh_token, undefined)
    const { url } = await program.question({ redirect_uri: 'http://127.0.0.1:51234/other' })
    assert.equal((await (await signedIn()).visit(url)).page?.status, 400)
  })
})

describe('an application with a key of its own', () => {
  it('pushes its request and proves itself with a signature', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = publicKey.export({ format: 'jwk' })
    await town.application('wiki', {
      ...confidential,
      proof: 'private_key_jwt',
      jwks: { keys: [{ ...jwk, kty: 'EC', kid: 'k1' }] },
      requirePar: true,
    })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const proof = openid.PrivateKeyJwt({ key: await importPKCS8(pem, 'ES256'), kid: 'k1' })
    const wiki = await ClientFake.discover(town, 'wiki', proof)
    const verifier = openid.randomPKCECodeVerifier()
    const url = await openid.buildAuthorizationUrlWithPAR(wiki.config, {
      redirect_uri: redirectUri,
      scope: 'openid',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    assert.deepEqual([...url.searchParams.keys()].toSorted(), ['client_id', 'request_uri'])
    const answer = await leftFor(await signedIn(), url)
    const tokens = await openid.authorizationCodeGrant(wiki.config, answer, {
      pkceCodeVerifier: verifier,
    })
    assert.equal(tokens.claims()?.sub, 'ada')
  })
})

describe('a device without a browser', () => {
  const device: OpenIdSignOn = {
    ...confidential,
    proof: 'none',
    refresh: false,
    deviceFlow: true,
  }

  async function begun() {
    await town.application('wiki', device)
    const { config } = await ClientFake.discover(town, 'wiki', openid.None())
    const asked = await openid.initiateDeviceAuthorization(config, { scope: 'openid' })
    const poll = () =>
      openid.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:device_code', {
        device_code: asked.device_code,
      })
    return { asked, poll }
  }

  /** Types the code and presses a button of the page that asks whether it is theirs. */
  async function typed(browser: Browser, code: string, button: 'confirm' | 'abort') {
    const { page } = await browser.visit('/oidc/device')
    const xsrf = /name="xsrf" value="(\w+)"/.exec((await page?.text()) ?? '')?.[1] ?? ''
    const shown = await browser.send('/oidc/device', { xsrf, user_code: code })
    const text = await shown.text()
    assert.match(text, /Sign a device on to wiki\?/)
    const again = /name="xsrf" value="(\w+)"/.exec(text)?.[1] ?? ''
    const fields = { xsrf: again, user_code: code, confirm: 'yes' }
    const answer = await browser.send('/oidc/device', {
      ...fields,
      ...(button === 'abort' ? { abort: 'yes' } : {}),
    })
    const location = answer.headers.get('location')
    return location === null ? answer : (await browser.visit(location)).page
  }

  it('signs a person on who types its code in a browser of theirs', async () => {
    const { asked, poll } = await begun()
    await refusedWith(poll(), 'authorization_pending')
    const done = await typed(await signedIn(), asked.user_code, 'confirm')
    assert.match((await done?.text()) ?? '', /The device is signed on/)
    const tokens = (await poll()) as { id_token?: string; access_token: string }
    const [, claims = ''] = tokens.id_token?.split('.') ?? []
    const read = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub?: string }
    assert.equal(read.sub, 'ada')
    await refusedWith(poll(), 'invalid_grant')
  })

  it('is refused where the person says that it is not theirs', async () => {
    const { asked, poll } = await begun()
    await typed(await signedIn(), asked.user_code, 'abort')
    await refusedWith(poll(), 'access_denied')
  })

  it('is refused where the person lost access before it asked', async () => {
    const { asked, poll } = await begun()
    await typed(await signedIn(), asked.user_code, 'confirm')
    await town.setActive('ada', false)
    await refusedWith(poll(), 'invalid_grant')
    await town.setActive('ada', true)
  })
})

describe('the provider', () => {
  it('answers nobody for whom no gateway vouches', async () => {
    const { status, json } = await town.server.network('/oidc/.well-known/openid-configuration')
    assert.equal(status, 403)
    assert.equal(json['code'], 'access.denied')
    const control = await town.server.control('/oidc/jwks')
    assert.equal(control.status, 404)
  })

  it('is open to strangers exactly where applications and browsers must reach it', async () => {
    const { estate } = town.server.ledger
    const { id } = await town.signIn('ada', {})
    const reach = (subject: Subject, path: string) =>
      estate.judge({
        subject,
        action: 'access',
        resource: uid('application', 'countersign'),
        circumstances: {
          protocol: 'http',
          method: 'GET',
          host: 'localhost',
          path,
          address: '192.0.2.7',
        },
        now: Date.now(),
      }).verdict
    const strangers = [
      '/oidc/.well-known/openid-configuration',
      '/oidc/jwks',
      '/oidc/authorize',
      '/oidc/authorize/x',
      '/oidc/interaction/x',
      '/oidc/request',
      '/oidc/token',
      '/oidc/revoke',
      '/oidc/userinfo',
      '/oidc/device/authorize',
      '/oidc/sign-out',
      '/oidc/sign-out/confirm',
    ]
    const people = ['/oidc/device', '/oidc/device/x', '/oidc', '/oidc/', '/oidc/anything']
    const ada = estate.subjectOfSession(id, Date.now())
    for (const path of strangers) assert.equal(reach({ kind: 'anonymous' }, path), 'allow', path)
    for (const path of people) assert.equal(reach({ kind: 'anonymous' }, path), 'deny', path)
    for (const path of [...strangers, ...people]) assert.equal(reach(ada, path), 'allow', path)
  })

  it('asks the policies of this moment: who was let in before is not let in after a change', async () => {
    await town.application('wiki', confidential)
    const proof = openid.ClientSecretBasic(await town.secretOf('wiki'))
    const wiki = await ClientFake.discover(town, 'wiki', proof)
    const tokens = await wiki.signOn(await signedIn())
    await town.server.client.call(policiesApi.make, {
      body: { files: [{ name: 'none.cedar', text: '' }] },
    })
    const refresh = openid.refreshTokenGrant(wiki.config, tokens.refresh_token ?? '')
    await refusedWith(refresh, 'invalid_grant')
  })
})
