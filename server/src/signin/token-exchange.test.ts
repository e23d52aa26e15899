// Programs that exchange a token of their cluster or CI service for one of ours, over HTTP, at a
// whole server.
import assert from 'node:assert/strict'
import { createHash, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import {
  calculateJwkThumbprint,
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose'
import { accessTokenClaims } from '@countersign/contract/access-token'
import {
  accessTokenUrn,
  idTokenType,
  jwtTokenType,
  signinTokenApi,
  tokenExchangeGrant,
} from '@countersign/contract/api/signin-token'
import type { AnyDocument, Workload } from '@countersign/contract/documents'
import { assertionHeader } from '@countersign/contract/session'
import { readForm } from '#http/forms'
import { readDocument } from '#journal/documents.store'
import { readEntries } from '#journal/journal.store'
import { type Answer, type GatewayFake, ServerFake } from '#server.fake'
import { newDirectory } from '#store/stores.fake'
import { tokenIssuers } from './token-exchange-issuers.file.ts'
import { sweepSpent } from './token-exchange.store.ts'

const { path } = signinTokenApi.exchangeToken
const cluster = 'https://kubernetes.default.svc.cluster.local'
const ci = 'https://ci.example.org'
const subject = 'system:serviceaccount:billing:reports'
const audience = 'https://countersign.example.org'
const endpoint = 'http://countersign.localhost:7400/oauth/token'

interface Pair {
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

async function pair(alg: string, kid: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } }
}

describe('a workload that brings a token', () => {
  let server: ServerFake
  let gateway: GatewayFake
  let clusterKey: Pair
  let ciKey: Pair
  let published: Server
  let fetches = 0
  let status = 200
  before(async () => {
    clusterKey = await pair('RS256', 'cluster-1')
    ciKey = await pair('ES256', 'ci-1')
    published = createServer((_, response) => {
      fetches++
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ keys: [ciKey.jwk] }))
    })
    await new Promise<void>((resolve) => published.listen(0, '127.0.0.1', resolve))
    const { port } = published.address() as AddressInfo
    const dataDir = await newDirectory()
    const issuers = join(dataDir, 'issuers.json')
    await writeFile(
      issuers,
      JSON.stringify({
        issuers: [
          { issuer: cluster, keys: { keys: [clusterKey.jwk] }, reusable: true },
          { issuer: ci, keysUrl: `http://127.0.0.1:${port}/jwks` },
        ],
      }),
    )
    server = await ServerFake.start({
      dataDir,
      environment: { COUNTERSIGN_TOKEN_ISSUERS: issuers },
    })
    gateway = await server.enrol()
    await server.import(
      application('reports-api', ['api.example.org']),
      application('other', ['other.example.org']),
      {
        kind: 'application',
        document: {
          ...document('shell'),
          tier: 1,
          kind: 'tcp',
          hosts: ['shell.example.org'],
          upstream: 'tcp://127.0.0.1:22',
        },
      },
      workload('reports', {
        federations: [
          { issuer: cluster, subject, audience },
          { issuer: ci, subject: 'repo:reports:main', audience },
        ],
      }),
      workload('retired', {
        active: false,
        federations: [{ issuer: cluster, subject: 'system:serviceaccount:old:old', audience }],
      }),
    )
  })
  beforeEach(() => {
    status = 200
    // Refusals of the case before are forgiven.
    server.now += 120_000
  })
  after(async () => {
    await server.remove()
    published.close()
  })

  const seconds = () => Math.floor(server.now / 1000)
  const sign = (
    claims: Readonly<Record<string, unknown>> = {},
    header: Readonly<Record<string, unknown>> = {},
    key: CryptoKey | KeyObject = clusterKey.privateKey,
  ): Promise<string> =>
    new SignJWT({
      iss: cluster,
      sub: subject,
      aud: audience,
      iat: seconds(),
      exp: seconds() + 3_600,
      jti: 'pod-1',
      ...claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'cluster-1', ...header })
      .sign(key)
  let made = 0
  const ofCi = (claims: Readonly<Record<string, unknown>> = {}): Promise<string> =>
    sign(
      { iss: ci, sub: 'repo:reports:main', jti: `run-${made++}`, exp: seconds() + 300, ...claims },
      { alg: 'ES256', kid: 'ci-1', typ: 'JWT' },
      ciKey.privateKey,
    )
  const ask = async (
    token: string,
    fields: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> =>
    gateway.pass(path, undefined, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      rawBody: new URLSearchParams({
        grant_type: tokenExchangeGrant,
        subject_token: token,
        subject_token_type: jwtTokenType,
        audience: 'reports-api',
        ...fields,
      }).toString(),
    })
  const issued = async (answer: Answer) => {
    assert.equal(answer.status, 200, answer.text)
    const { payload, protectedHeader } = await jwtVerify(
      String(answer.json['access_token']),
      await importJWK(gateway.feedKey, 'EdDSA'),
      { currentDate: new Date(server.now) },
    )
    return { payload, protectedHeader, claims: accessTokenClaims.parse(payload) }
  }
  const refused = async (answer: Answer, error = 'invalid_request', code = 400) => {
    assert.equal(answer.status, code, answer.text)
    assert.equal(answer.json['error'], error)
    assert.match(String(answer.headers['content-type']), /^application\/json/)
    assert.match(String(answer.headers['cache-control']), /no-store/)
    return String(answer.json['error_description'])
  }

  it('is given one of ours, for one application and ten minutes', async () => {
    const answer = await ask(await sign())
    const { payload, protectedHeader, claims } = await issued(answer)
    assert.deepEqual(
      { ...answer.json, access_token: '' },
      {
        access_token: '',
        issued_token_type: accessTokenUrn,
        token_type: 'Bearer',
        expires_in: 600,
      },
    )
    assert.match(String(answer.headers['cache-control']), /no-store/)
    assert.equal(protectedHeader.typ, 'at+jwt')
    assert.equal(payload.iss, 'http://countersign.localhost:7400')
    assert.deepEqual(
      [claims.sub, claims.client_id, claims.aud, claims.exp - claims.iat, claims.cnf],
      ['reports', 'reports', 'reports-api', 600, undefined],
    )
    assert.deepEqual(claims.federation, { issuer: cluster, subject, audience })
  })

  it('leaves a record of it in the journal, in its own name', async () => {
    const before = server.ledger.sequence
    const { claims } = await issued(await ask(await sign()))
    const [entry] = await readEntries(server.store.db, before, 10)
    assert.deepEqual(
      [entry?.event, entry?.actor, entry?.id],
      ['identity.token.issued', 'Workload::"reports"', 'reports'],
    )
    const kept = await readDocument(server.store.db, 'access-token', 'reports')
    assert.equal(Reflect.get(kept ?? {}, 'jti'), claims.jti)
  })

  it('never gets one that lives longer than what it brought', async () => {
    const answer = await ask(await sign({ exp: seconds() + 90 }))
    assert.equal((await issued(answer)).claims.exp, seconds() + 90)
    assert.equal(answer.json['expires_in'], 90)
  })

  it('names the application by its id, by its address, or by both where they agree', async () => {
    const resource = 'https://api.example.org/v1/'
    for (const fields of [
      { audience: '', resource },
      { audience: 'reports-api', resource },
    ]) {
      assert.equal((await issued(await ask(await sign(), fields))).claims.aud, 'reports-api')
    }
    for (const fields of [
      { audience: '' },
      { audience: 'unknown' },
      { audience: 'shell' },
      { audience: 'other', resource },
      { audience: 'unknown', resource },
      { audience: '', resource: 'https://unknown.example.org/' },
      { audience: '', resource: 'https://api.example.org/#part' },
      { audience: '', resource: 'api.example.org' },
    ]) {
      await refused(await ask(await sign(), fields), 'invalid_target')
    }
  })

  it('may say that what it brings is an ID token', async () => {
    await issued(await ask(await sign(), { subject_token_type: idTokenType }))
  })

  it('brings the token of a CI job once, and that in a file as often as it needs', async () => {
    const job = await ofCi()
    await issued(await ask(job))
    assert.match(await refused(await ask(job)), /counts once/)
    await issued(await ask(await ofCi()))
    const file = await sign()
    await issued(await ask(file))
    await issued(await ask(file))
  })

  it('has a token spent only by an exchange that succeeded', async () => {
    const job = await ofCi()
    await refused(await ask(job, { audience: 'unknown' }), 'invalid_target')
    await issued(await ask(job))
  })

  it('is checked with keys that were fetched once', async () => {
    const begun = fetches
    await issued(await ask(await ofCi()))
    await issued(await ask(await ofCi()))
    assert.ok(fetches - begun <= 1)
  })

  const refusals: Readonly<Record<string, () => Promise<string>>> = {
    'with alg none': async () => {
      const [, payload] = (await sign()).split('.')
      const header = Buffer.from('{"alg":"none","kid":"cluster-1"}').toString('base64url')
      return `${header}.${payload}.`
    },
    'signed with the public key as a secret (HS256)': async () => {
      const pem = createPublicKey({ key: { ...clusterKey.jwk }, format: 'jwk' }).export({
        type: 'spki',
        format: 'pem',
      })
      return sign({}, { alg: 'HS256' }, createSecretKey(Buffer.from(pem)))
    },
    'that names the key of another issuer': () =>
      sign({}, { alg: 'ES256', kid: 'ci-1' }, ciKey.privateKey),
    'signed by another issuer under a known name of a key': () =>
      sign({}, { alg: 'ES256', kid: 'cluster-1' }, ciKey.privateKey),
    'that names no key': () => sign({}, { kid: undefined }),
    'that has expired': () => sign({ iat: seconds() - 900, exp: seconds() - 60 }),
    'that ends at this moment': () => sign({ exp: seconds() }),
    'that never ends': () => sign({ exp: undefined }),
    'that counts only later': () => sign({ nbf: seconds() + 60 }),
    'for another audience': () => sign({ aud: 'https://elsewhere.example.org' }),
    'for another audience as well': () => sign({ aud: [audience, 'vault'] }),
    'for no audience': () => sign({ aud: undefined }),
    'of an issuer that is not set up': () => sign({ iss: 'https://evil.example.org' }),
    'whose issuer has another slash at its end': () => sign({ iss: `${cluster}/` }),
    'of no issuer': () => sign({ iss: undefined }),
    'of another subject': () => sign({ sub: `${subject}-2` }),
    'whose subject begins like one that is known': () => sign({ sub: subject.slice(0, -1) }),
    'of a workload that is not active': () => sign({ sub: 'system:serviceaccount:old:old' }),
    'of another type': () => sign({}, { typ: 'at+jwt' }),
    'with a header that must be understood': () =>
      new SignJWT({ iss: cluster, sub: subject, aud: audience, exp: seconds() + 60 })
        .setProtectedHeader({ alg: 'RS256', kid: 'cluster-1', crit: ['urn:x'], 'urn:x': 1 })
        .sign(clusterKey.privateKey, { crit: { 'urn:x': true } }),
    'that was changed': async () => {
      const [header, , signature] = (await sign()).split('.')
      const other = (await sign({ exp: seconds() + 86_400 })).split('.')[1]
      return `${header}.${other}.${signature}`
    },
    'that is longer than any': () => sign({ padding: 'x'.repeat(9_000) }),
    'that is none': async () => 'no.token.here',
  }
  for (const [what, token] of Object.entries(refusals)) {
    it(`is refused a token ${what}`, async () => {
      await refused(await ask(await token()))
    })
  }

  it('is nobody as soon as the workload is not active, or has no such federation any more', async () => {
    const federations = [{ issuer: cluster, subject: 'system:serviceaccount:a:a', audience }]
    const bring = async () => ask(await sign({ sub: 'system:serviceaccount:a:a' }))
    await server.import(workload('moving', { federations }))
    await issued(await bring())
    await server.import(workload('moving', { federations, active: false }))
    await refused(await bring())
    await server.import(workload('moving', {}))
    await refused(await bring())
  })

  it('shares its tokens with no other workload', async () => {
    await assert.rejects(
      server.import(workload('thief', { federations: [{ issuer: cluster, subject, audience }] })),
      /the workload `reports` has the tokens of/,
    )
  })

  it('is told to come back where the keys of its issuer cannot be fetched', async () => {
    status = 500
    await server.restart({
      environment: { COUNTERSIGN_TOKEN_ISSUERS: join(server.dataDir, 'issuers.json') },
    })
    await refused(await ask(await ofCi()), 'temporarily_unavailable', 503)
  })

  describe('and a proof of a key', () => {
    let own: Pair
    before(async () => {
      own = await pair('ES256', 'own')
    })
    const proofOf = (
      claims: Readonly<Record<string, unknown>> = {},
      header: Readonly<Record<string, unknown>> = {},
      key: CryptoKey = own.privateKey,
    ): Promise<string> =>
      new SignJWT({
        jti: `proof-${made++}`,
        htm: 'POST',
        htu: endpoint,
        iat: seconds(),
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: own.jwk, ...header })
        .sign(key)

    it('is given a token that is bound to the key', async () => {
      const answer = await ask(await sign(), {}, { dpop: await proofOf() })
      assert.equal(answer.json['token_type'], 'DPoP')
      const { cnf } = (await issued(answer)).claims
      assert.deepEqual(cnf, { jkt: await calculateJwkThumbprint(own.jwk) })
    })

    const broken: Readonly<Record<string, () => Promise<string>>> = {
      'for another method': () => proofOf({ htm: 'GET' }),
      'for another address': () => proofOf({ htu: 'https://api.example.org/oauth/token' }),
      'that is too old': () => proofOf({ iat: seconds() - 61 }),
      'of the future': () => proofOf({ iat: seconds() + 30 }),
      'without a name': () => proofOf({ jti: undefined }),
      'for a token that is not there yet': () => proofOf({ ath: 'x'.repeat(43) }),
      'of another type': () => proofOf({}, { typ: 'JWT' }),
      'by another key than it shows': async () =>
        proofOf({}, {}, (await pair('ES256', 'x')).privateKey),
      'that shows the private key': async () =>
        proofOf({}, { jwk: await exportJWK(own.privateKey) }),
      'with a key that is a secret': () => proofOf({}, { jwk: { kty: 'oct', k: 'c2VjcmV0' } }),
      'with no key': () => proofOf({}, { jwk: undefined }),
    }
    for (const [what, proof] of Object.entries(broken)) {
      it(`is refused a proof ${what}`, async () => {
        const answer = await ask(await sign(), {}, { dpop: await proof() })
        await refused(answer, 'invalid_dpop_proof')
      })
    }

    it('is refused a proof that was used before', async () => {
      const proof = await proofOf()
      await issued(await ask(await sign(), {}, { dpop: proof }))
      await refused(await ask(await sign(), {}, { dpop: proof }), 'invalid_dpop_proof')
    })

    it('is refused two proofs', async () => {
      const twice = `${await proofOf()}, ${await proofOf()}`
      await refused(await ask(await sign(), {}, { dpop: twice }), 'invalid_dpop_proof')
    })
  })

  it('is given a token that is bound to the certificate that the gateway saw', async () => {
    const thumbprint = createHash('sha256').update('certificate').digest('base64url')
    const assertion = await gateway.assertion({ x5t: thumbprint })
    const answer = await server.network(path, {
      method: 'POST',
      headers: {
        host: 'countersign.localhost:7400',
        'content-type': 'application/x-www-form-urlencoded',
        [assertionHeader]: assertion,
      },
      rawBody: new URLSearchParams({
        grant_type: tokenExchangeGrant,
        subject_token: await sign(),
        subject_token_type: jwtTokenType,
        audience: 'reports-api',
      }).toString(),
    })
    assert.deepEqual((await issued(answer)).claims.cnf, { 'x5t#S256': thumbprint })
  })

  it('is answered in the words of OAuth, whatever it sends', async () => {
    const send = (rawBody: string, type = 'application/x-www-form-urlencoded') =>
      gateway.pass(path, undefined, { method: 'POST', headers: { 'content-type': type }, rawBody })
    await refused(await send(''))
    await refused(await send('grant_type=a&grant_type=b'))
    await refused(await send('{}', 'application/json'))
    await refused(await send('x', 'text/plain'))
    await refused(await send('x'.repeat(70_000)), 'invalid_request', 413)
    const token = await sign()
    const other = { grant_type: 'client_credentials' }
    await refused(await ask(token, other), 'unsupported_grant_type')
    await refused(await ask(token, { subject_token_type: accessTokenUrn }))
    await refused(await ask(token, { requested_token_type: 'urn:example:saml2' }))
    await refused(await ask(token, { actor_token: token }))
  })

  it('is slowed down where it fails again and again', async () => {
    const statuses = new Set<number>()
    for (let count = 0; count < 70; count++) statuses.add((await ask('no.token.here')).status)
    assert.deepEqual([...statuses], [400, 429])
  })

  it('leaves nothing behind once what it spent is too old to count', async () => {
    await sweepSpent(server.store.db, server.now)
    await issued(await ask(await ofCi()))
    assert.equal(await sweepSpent(server.store.db, server.now), 0)
    assert.ok((await sweepSpent(server.store.db, server.now + 3_600_000)) > 0)
  })
})

it('a form means what was put into it, whatever that was', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ minLength: 1 }), fc.string({ minLength: 1 })),
      (fields) => {
        const form = new URLSearchParams(Object.entries(fields)).toString()
        assert.deepEqual({ ...readForm(form) }, { ...fields })
      },
    ),
  )
})

describe('the file of issuers', () => {
  const keys = { keys: [{ kty: 'EC', kid: 'a', crv: 'P-256', x: 'x', y: 'y' }] }
  const broken: Readonly<Record<string, readonly [unknown, RegExp]>> = {
    'that is not JSON': ['{', /JSON/],
    'with an unknown word': [{ issuers: [], more: 1 }, /more/],
    'with keys over http': [
      { issuers: [{ issuer: ci, keysUrl: 'http://ci.example.org/' }] },
      /https/,
    ],
    'with an issuer without keys': [{ issuers: [{ issuer: ci }] }, /either/],
    'with two places of keys': [
      { issuers: [{ issuer: ci, keys, keysUrl: 'https://ci.example.org/' }] },
      /either/,
    ],
    'with a private key': [
      { issuers: [{ issuer: ci, keys: { keys: [{ ...keys.keys[0], d: 'd' }] } }] },
      /private/,
    ],
    'with a secret key': [
      { issuers: [{ issuer: ci, keys: { keys: [{ kty: 'oct', kid: 'a', k: 'k' }] } }] },
      /kty/,
    ],
    'with an issuer twice': [
      {
        issuers: [
          { issuer: ci, keys },
          { issuer: ci, keys },
        ],
      },
      /twice/,
    ],
  }
  for (const [what, [content, complaint]] of Object.entries(broken)) {
    it(`stops the server ${what}`, async () => {
      const file = join(await newDirectory(), 'issuers.json')
      await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
      await assert.rejects(tokenIssuers(file), complaint)
    })
  }

  it('is not needed', async () => {
    assert.deepEqual(await tokenIssuers(''), [])
    await assert.rejects(tokenIssuers('/no/such/file.json'), /COUNTERSIGN_TOKEN_ISSUERS/)
  })
})

function document(id: string) {
  return { id, name: id, groups: [] }
}

function application(id: string, hosts: readonly string[]): AnyDocument {
  return {
    kind: 'application',
    document: {
      ...document(id),
      tier: 2,
      kind: 'api',
      hosts: [...hosts],
      upstream: 'http://127.0.0.1:9',
    },
  }
}

function workload(id: string, more: Partial<Workload>): AnyDocument {
  return {
    kind: 'workload',
    document: { ...document(id), class: 'service', active: true, ...more },
  }
}
