// Programs with a token: whom it makes them, and that anything wrong with it makes them nobody.
import assert from 'node:assert/strict'
import { createHash, createPublicKey, createSecretKey, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { accessTokenType } from '@countersign/contract/access-token'
import { assertionType } from '@countersign/contract/feed'
import { assertionHeader } from '@countersign/contract/session'
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { policies, releaseOf } from '#policies.fake'
import { application, World } from '#world.fake'
import {
  type Claims,
  claimsOf,
  federation,
  machinePolicies,
  ProvingKey,
  tokenOf,
  workload,
} from './programs.fake.ts'

const trustDomain = 'example.org'
const ledgerId = `spiffe://${trustDomain}/ledger`

describe('a program with a token', () => {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-programs-'))
  const bundle = join(directory, 'trust-domains.json')
  let world: World
  let authority: Awaited<ReturnType<typeof generateKeyPair>>
  before(async () => {
    authority = await generateKeyPair('ES256')
    const jwk = await exportJWK(authority.publicKey)
    const keys = [
      { ...jwk, kid: 'svid-1', use: 'jwt-svid' },
      { ...jwk, kid: 'x509-1', use: 'x509-svid' },
    ]
    writeFileSync(bundle, JSON.stringify({ trust_domains: { [trustDomain]: { keys } } }))
    world = await World.begin({ environment: { COUNTERSIGN_GATEWAY_TRUST_DOMAINS: bundle } })
    await world.plane.put(
      { kind: 'release', document: releaseOf([...policies, ...machinePolicies], 2) },
      application('bound', world.upstream, { kind: 'api' }),
      workload('reports', { federations: [federation] }),
      workload('ledger', { spiffeId: ledgerId }),
      workload('retired', { federations: [{ ...federation, subject: 'old' }], active: false }),
    )
    await world.settle()
  })
  after(async () => {
    await world.end()
    rmSync(directory, { recursive: true })
  })

  type Headers = Readonly<Record<string, string>>
  /** What became of a GET, and what the application saw of it. */
  const call = async (host: string, headers: Headers, path = '/') => {
    const before = world.seen.length
    const answer = await world.request(`${host}.localhost`, path, { headers: { ...headers } })
    await answer.body.dump()
    return {
      status: answer.statusCode,
      challenge: answer.headers['www-authenticate'],
      seen: world.seen[before],
    }
  }
  const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` })
  const accepted = async (headers: Headers, who = 'reports', host = 'api'): Promise<void> => {
    const { status, seen } = await call(host, headers)
    assert.equal(status, 200)
    const assertion = decodeJwt(String(seen?.headers[assertionHeader]))
    assert.equal(assertion.sub, `Workload::${JSON.stringify(who)}`)
    assert.equal(seen?.headers.authorization, undefined)
    assert.equal(seen?.headers['dpop'], undefined)
  }
  const refused = async (headers: Headers, challenge = /^Bearer error="invalid_token"/) => {
    const answer = await call('api', headers)
    assert.equal(answer.status, 401)
    assert.equal(answer.seen, undefined)
    assert.match(String(answer.challenge), challenge)
    // Where strangers are let in, it is a stranger, and the application does not see the token.
    const { status, seen } = await call('open', headers)
    assert.equal(status, 200)
    const assertion = decodeJwt(String(seen?.headers[assertionHeader]))
    assert.equal(assertion.sub, 'Anonymous::"anonymous"')
    assert.equal(seen?.headers.authorization, undefined)
  }

  it('is the workload that we issued it to', async () => {
    await accepted(bearer(await tokenOf(world)))
    await accepted({ authorization: `bearer   ${await tokenOf(world)}` })
  })

  it('is known to policies as one that showed a token, and whether it is bound', async () => {
    assert.equal((await call('bound', bearer(await tokenOf(world, { aud: 'bound' })))).status, 403)
    const key = await ProvingKey.make()
    const token = await tokenOf(world, { aud: 'bound', cnf: { jkt: key.thumbprint } })
    const dpop = await key.proof(`http://bound.localhost:${world.port}/`, token)
    await accepted({ authorization: `DPoP ${token}`, dpop }, 'reports', 'bound')
  })

  const wrong: Readonly<Record<string, () => Promise<string>>> = {
    'with alg none': async () => {
      const [, payload] = (await tokenOf(world)).split('.')
      return `${encoded({ alg: 'none', typ: accessTokenType })}.${payload}.`
    },
    'signed with our public key as a secret (HS256)': () => {
      const pem = createPublicKey({ key: { ...world.plane.feedKey }, format: 'jwk' })
      const secret = createSecretKey(Buffer.from(pem.export({ type: 'spki', format: 'pem' })))
      return new SignJWT({ ...claimsOf(world) })
        .setProtectedHeader({ alg: 'HS256', typ: accessTokenType })
        .sign(secret)
    },
    'signed by another key': () =>
      world.plane.sign(accessTokenType, claimsOf(world), generateKeyPairSync('ed25519').privateKey),
    'signed by another key that it brings along': () => {
      const other = generateKeyPairSync('ed25519')
      return new SignJWT({ ...claimsOf(world) })
        .setProtectedHeader({
          alg: 'EdDSA',
          typ: accessTokenType,
          jwk: other.publicKey.export({ format: 'jwk' }),
        })
        .sign(other.privateKey)
    },
    'that has expired': () => tokenOf(world, { iat: now() - 700, exp: now() - 100 }),
    'that expired a moment ago': () => tokenOf(world, { iat: now() - 600, exp: now() - 1 }),
    'of the future': () => tokenOf(world, { iat: now() + 60 }),
    'that is not valid yet': () => tokenOf(world, { nbf: now() + 60 }),
    'that lives too long': () => tokenOf(world, { exp: now() + 3_600 }),
    'that never ends': () => tokenOf(world, { exp: undefined }),
    'for another application': () => tokenOf(world, { aud: 'payroll' }),
    'for several applications': () => tokenOf(world, { aud: ['api', 'open'] }),
    'for no application': () => tokenOf(world, { aud: undefined }),
    'of a workload that does not exist': () =>
      tokenOf(world, { sub: 'nobody', client_id: 'nobody' }),
    'of a workload that is not active': () =>
      tokenOf(world, {
        sub: 'retired',
        client_id: 'retired',
        federation: { ...federation, subject: 'old' },
      }),
    'of one workload in the name of another': () => tokenOf(world, { client_id: 'ledger' }),
    'issued on what stands for another workload': () =>
      tokenOf(world, { federation: { ...federation, subject: 'old' } }),
    'issued on nothing': () => tokenOf(world, { federation: undefined }),
    'of another type': () => world.plane.sign(assertionType, claimsOf(world)),
    'that is longer than any': () => tokenOf(world, { padding: 'x'.repeat(9_000) }),
    'whose signature is cut short': async () => (await tokenOf(world)).slice(0, -4),
    'that was changed': async () => {
      const [header, , signature] = (await tokenOf(world)).split('.')
      return `${header}.${encoded(claimsOf(world))}.${signature}`
    },
    'that is bound to a key, as a plain bearer token': async () =>
      tokenOf(world, { cnf: { jkt: (await ProvingKey.make()).thumbprint } }),
    'that is bound to a certificate it does not show': () =>
      tokenOf(world, { cnf: { 'x5t#S256': 'A'.repeat(43) } }),
    'that is bound in a way we do not know': () => tokenOf(world, { cnf: { other: 'x' } }),
  }
  for (const [what, token] of Object.entries(wrong)) {
    it(`is nobody with one ${what}`, async () => {
      const made = await token()
      // Longer than the heads that are read: it comes no further than the parser either.
      await refused(bearer(made))
    })
  }

  it('is nobody at application B with a token for application A, and B does not see it', async () => {
    await world.plane.put(application('second', world.upstream, { kind: 'api' }))
    await world.settle()
    const token = await tokenOf(world, { aud: 'api' })
    assert.equal((await call('second', bearer(token))).status, 401)
    await accepted(bearer(token))
  })

  it('gains nothing from a token in the query', async () => {
    const { status, challenge } = await call('api', {}, `/?access_token=${await tokenOf(world)}`)
    assert.equal(status, 401)
    assert.equal(challenge, 'Bearer')
  })

  it('may not send two tokens', async () => {
    const line = `Authorization: Bearer ${await tokenOf(world)}\r\n`
    const answer = await world.exchange(
      `GET / HTTP/1.1\r\nHost: api.localhost\r\n${line}${line}Connection: close\r\n\r\n`,
    )
    assert.match(answer, /^HTTP\/1\.1 400 /)
  })

  it('does not become the person whose session lies beside its token', async () => {
    const { cookie } = await world.signIn('ada', 'open.localhost')
    const valid = await tokenOf(world, { aud: 'open' })
    for (const [token, who] of [
      [valid, 'Workload::"reports"'],
      [`${valid}x`, 'Anonymous::"anonymous"'],
    ]) {
      const { seen } = await call('open', { cookie, authorization: `Bearer ${token}` })
      assert.equal(decodeJwt(String(seen?.headers[assertionHeader])).sub, who)
    }
  })

  const foreign: Readonly<Record<string, string>> = {
    'a password': 'Basic YWRhOmxvdmVsYWNl',
    'an opaque token': 'Bearer 2YotnFZFEjr1zCsicMWpAA',
    'a JWT of another issuer': `Bearer ${encoded({ alg: 'none' })}.${encoded({ iss: 'https://idp.example.org' })}.c2ln`,
    'a JWT of nobody': `Bearer ${encoded({ alg: 'none' })}.${encoded({})}.c2ln`,
    'a JWT of another trust domain': `Bearer ${encoded({ alg: 'none' })}.${encoded({ sub: 'spiffe://other.org/a' })}.c2ln`,
    'a JWT that is none': 'Bearer a.b.c',
    Kerberos: 'Negotiate YIIabc',
  }
  for (const [what, authorization] of Object.entries(foreign)) {
    it(`passes ${what} on to the application, for whom it is`, async () => {
      const { cookie } = await world.signIn('ada', 'wiki.localhost')
      const { status, seen } = await call('wiki', { cookie, authorization, dpop: 'theirs' })
      assert.equal(status, 200)
      assert.equal(seen?.headers.authorization, authorization)
      assert.equal(seen?.headers['dpop'], 'theirs')
      assert.equal(decodeJwt(String(seen?.headers[assertionHeader])).sub, 'Person::"ada"')
    })
  }

  it('hears nothing of tokens where it is not let in for other reasons', async () => {
    const answer = await call('ledger', bearer(await tokenOf(world, { aud: 'ledger' })))
    assert.deepEqual([answer.status, answer.challenge], [403, undefined])
  })

  it('loses its open streams with its workload, and with what stood for it', async () => {
    const federations = [{ ...federation, subject: 'stream' }]
    const stream = async (): Promise<() => Promise<unknown>> => {
      await world.plane.put(workload('streamer', { federations }))
      await world.settle()
      world.handle((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write('data: 1\n\n')
      })
      const token = await tokenOf(world, {
        sub: 'streamer',
        client_id: 'streamer',
        federation: federations[0],
      })
      const socket = await world.dial()
      socket.write(
        `GET /live HTTP/1.1\r\nHost: api.localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      )
      socket.on('error', () => {})
      await once(socket, 'data')
      const closed = once(socket, 'close')
      return () => closed
    }
    const first = await stream()
    await world.plane.remove('workload', 'streamer')
    await first()
    const second = await stream()
    await world.plane.put(workload('streamer', { federations, active: false }))
    await second()
    const third = await stream()
    await world.plane.put(workload('streamer'))
    await third()
    world.handle((_, response) => response.end('hello'))
  })

  it('opens a WebSocket, which ends with its workload', async () => {
    const federations = [{ ...federation, subject: 'socket' }]
    await world.plane.put(workload('listener', { federations }))
    await world.settle()
    const upgraded = new Promise<readonly [IncomingMessage, Duplex]>((resolve) => {
      world.application.once('upgrade', (request: IncomingMessage, socket: Duplex) => {
        const accept = createHash('sha1')
          .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
          .digest('base64')
        socket.on('error', () => {}).on('end', () => socket.end())
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
        )
        resolve([request, socket])
      })
    })
    const token = await tokenOf(world, {
      sub: 'listener',
      client_id: 'listener',
      federation: federations[0],
    })
    const socket = await world.dial()
    socket.on('error', () => {})
    socket.write(
      `GET /live HTTP/1.1\r\nHost: api.localhost\r\nAuthorization: Bearer ${token}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    const [head] = (await once(socket, 'data')) as [Buffer]
    assert.match(head.toString(), /^HTTP\/1\.1 101 /)
    const [{ headers }, upstream] = await upgraded
    assert.equal(headers.authorization, undefined)
    assert.equal(decodeJwt(String(headers[assertionHeader])).sub, 'Workload::"listener"')
    const closed = once(socket, 'close')
    await world.plane.remove('workload', 'listener')
    await closed
    upstream.destroy()
  })

  describe('that is bound to its key', () => {
    let key: ProvingKey
    let token: string
    let url: string
    before(async () => {
      key = await ProvingKey.make()
      token = await tokenOf(world, { cnf: { jkt: key.thumbprint } })
      url = `http://api.localhost:${world.port}/`
    })
    const shown = (proof: string): Headers => ({ authorization: `DPoP ${token}`, dpop: proof })

    it('proves each request', async () => {
      await accepted(shown(await key.proof(url, token)))
      await accepted(shown(await key.proof(`${url}?ignored#too`, token)))
      await accepted(shown(await key.proof(url.replace('api.', 'API.'), token)))
    })

    const broken: Readonly<Record<string, () => Promise<string>>> = {
      'for another address': () => key.proof(`http://api.localhost:${world.port}/other`, token),
      'for another host': () => key.proof(`http://open.localhost:${world.port}/`, token),
      'for another scheme': () => key.proof(url.replace('http:', 'https:'), token),
      'for another method': () => key.proof(url, token, { htm: 'POST' }),
      'for another token': () => key.proof(url, 'another'),
      'for no token': () => key.proof(url, token, { ath: undefined }),
      'that is too old': () => key.proof(url, token, { iat: now() - 61 }),
      'of the future': () => key.proof(url, token, { iat: now() + 30 }),
      'without a time': () => key.proof(url, token, { iat: undefined }),
      'without a name': () => key.proof(url, token, { jti: undefined }),
      'of another type': () => key.proof(url, token, {}, { typ: 'JWT' }),
      'that shows the private key': () => key.proof(url, token, {}, { jwk: key.privateJwk }),
      'with a secret for a key': () =>
        key.proof(url, token, {}, { jwk: { kty: 'oct', k: 'c2VjcmV0' } }),
      'with another key than it was signed with': async () =>
        (await ProvingKey.make()).proof(url, token, {}, { jwk: key.jwk }),
      'of another key': async () => (await ProvingKey.make()).proof(url, token),
      'that is none': async () => 'a.b.c',
      'that is longer than any': () => key.proof(url, token, { padding: 'x'.repeat(5_000) }),
    }
    for (const [what, proof] of Object.entries(broken)) {
      it(`is nobody with a proof ${what}`, async () => {
        await refused(shown(await proof()), /^DPoP error="invalid_token".*algs="ES256 /)
      })
    }

    it('is nobody without a proof, and with a proof that was used', async () => {
      await refused({ authorization: `DPoP ${token}` }, /^DPoP /)
      const proof = await key.proof(url, token)
      await accepted(shown(proof))
      await refused(shown(proof), /^DPoP /)
    })

    it('is nobody with two proofs', async () => {
      const lines = `DPoP: ${await key.proof(url, token)}\r\nDPoP: ${await key.proof(url, token)}\r\n`
      const answer = await world.exchange(
        `GET / HTTP/1.1\r\nHost: api.localhost:${world.port}\r\nAuthorization: DPoP ${token}\r\n${lines}Connection: close\r\n\r\n`,
      )
      assert.match(answer, /^HTTP\/1\.1 401 /)
    })

    it('is nobody with a proof beside a token that is not bound', async () => {
      const plain = await tokenOf(world)
      const dpop = await key.proof(url, plain)
      await refused({ authorization: `DPoP ${plain}`, dpop }, /^DPoP /)
    })

    it('has its proof left alone by a request that is refused for its token', async () => {
      const expired = await tokenOf(world, {
        iat: now() - 700,
        exp: now() - 100,
        cnf: { jkt: key.thumbprint },
      })
      const jti = 'kept'
      const dpop = await key.proof(url, expired, { jti })
      await refused({ authorization: `DPoP ${expired}`, dpop }, /^DPoP /)
      await accepted(shown(await key.proof(url, token, { jti })))
    })
  })

  describe('of its trust domain', () => {
    const svid = (changes: Claims = {}, header: Claims = {}): Promise<string> =>
      new SignJWT({ sub: ledgerId, aud: 'api', iat: now(), exp: now() + 300, ...changes })
        .setProtectedHeader({ alg: 'ES256', kid: 'svid-1', ...header })
        .sign(authority.privateKey)

    it('is the workload of the SPIFFE ID, at the application it is meant for', async () => {
      for (const aud of ['api', 'api.localhost', 'https://api.localhost', ['api']]) {
        await accepted(bearer(await svid({ aud }, { typ: 'JWT' })), 'ledger')
      }
    })

    const wrong: Readonly<Record<string, () => Promise<string>>> = {
      'for another application': () => svid({ aud: 'vault.localhost' }),
      'for several': () => svid({ aud: ['api', 'vault'] }),
      'for none': () => svid({ aud: undefined }),
      'that has expired': () => svid({ exp: now() - 1 }),
      'that never ends': () => svid({ exp: undefined }),
      'that lives for a day': () => svid({ exp: now() + 86_400 }),
      'that is not valid yet': () => svid({ nbf: now() + 60 }),
      'of no workload': () => svid({ sub: `spiffe://${trustDomain}/unknown` }),
      'with a path that goes up': () => svid({ sub: `spiffe://${trustDomain}/a/../ledger` }),
      'of no key': () => svid({}, { kid: undefined }),
      'of an unknown key': () => svid({}, { kid: 'svid-2' }),
      'of a key for certificates': () => svid({}, { kid: 'x509-1' }),
      'of another type': () => svid({}, { typ: accessTokenType }),
      'of another authority': async () =>
        new SignJWT({ sub: ledgerId, aud: 'api', exp: now() + 300 })
          .setProtectedHeader({ alg: 'ES256', kid: 'svid-1' })
          .sign((await generateKeyPair('ES256')).privateKey),
    }
    for (const [what, token] of Object.entries(wrong)) {
      it(`is nobody with one ${what}`, async () => refused(bearer(await token())))
    }

    it('is nobody with it under the name of a bound token', async () => {
      await refused({ authorization: `DPoP ${await svid()}` }, /^DPoP /)
    })
  })
})

function now(): number {
  return Math.floor(Date.now() / 1000)
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
