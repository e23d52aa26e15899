// A job calls an API with what its cluster gave it, and with a key that never leaves it. Nothing of
// what it sends is made with our own code.
import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { api } from '@countersign/contract/api'
import type { UpEvent } from '@countersign/cli/fakes/installation.process'
import { policies } from './organisation.ts'
import { eventually, newPlace, type Place, storySettings, withoutConsole } from './place.fake.ts'
import { startUpstream, type Upstream } from './upstream.fake.ts'

const issuer = 'https://kubernetes.default.svc.cluster.local'
const subject = 'system:serviceaccount:billing:reports'
const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange'
const jwtType = 'urn:ietf:params:oauth:token-type:jwt'
const host = 'reports.localhost'

const machinePolicies = {
  name: 'machines.cedar',
  text: `
@id("reports-program")
@title("The monthly reports call their API with a key of their own")
permit (
  principal == Workload::"reports",
  action == Action::"invoke",
  resource == Application::"reports-api"
)
when { context has authentication && context.authentication.phishingResistant };
`,
}

describe('a job of a cluster', { timeout: 120_000 }, () => {
  const cluster = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let place: Place
  let upstream: Upstream
  let consoleUrl: URL

  before(async () => {
    place = await newPlace()
    upstream = await startUpstream()
    const file = join(place.installation.dataDir, 'issuers.json')
    const keys = [{ ...cluster.publicKey.export({ format: 'jwk' }), kid: 'cluster-1' }]
    await writeFile(file, JSON.stringify({ issuers: [{ issuer, keys: { keys }, reusable: true }] }))
    const up = place.installation.up({
      ...storySettings,
      ...withoutConsole,
      COUNTERSIGN_TOKEN_ISSUERS: file,
    })
    const ready = await up.event(({ event }: UpEvent) => event === 'ready')
    consoleUrl = new URL(String(ready['consoleUrl']))
    await place.furnish()
    await put(true)
    await place.ask((client) =>
      client.call(api.policies.make, { body: { files: [...policies, machinePolicies] } }),
    )
  })
  after(async () => {
    await upstream?.[Symbol.asyncDispose]()
    await place?.[Symbol.asyncDispose]()
  })

  const put = (active: boolean): Promise<void> =>
    place.put(
      {
        kind: 'application',
        document: {
          id: 'reports-api',
          name: 'Reports',
          tier: 2,
          kind: 'api',
          hosts: [host],
          upstream: upstream.url,
          groups: [],
        },
      },
      {
        kind: 'workload',
        document: {
          id: 'reports',
          name: 'Monthly reports',
          class: 'service',
          active,
          groups: [],
          federations: [{ issuer, subject, audience: 'countersign' }],
        },
      },
    )

  const seconds = (): number => Math.floor(Date.now() / 1000)
  const ownToken = (): string =>
    signed(
      { alg: 'RS256', kid: 'cluster-1' },
      { iss: issuer, sub: subject, aud: ['countersign'], iat: seconds(), exp: seconds() + 3_600 },
      cluster.privateKey,
    )
  const proof = (htm: string, htu: string, token?: string): string =>
    signed(
      { alg: 'ES256', typ: 'dpop+jwt', jwk: own.publicKey.export({ format: 'jwk' }) },
      {
        jti: randomUUID(),
        htm,
        htu,
        iat: seconds(),
        ...(token === undefined
          ? {}
          : { ath: createHash('sha256').update(token).digest('base64url') }),
      },
      own.privateKey,
    )
  const exchange = (): Promise<Answer> =>
    send(
      new URL('/oauth/token', consoleUrl),
      { dpop: proof('POST', `${consoleUrl.origin}/oauth/token`) },
      new URLSearchParams({
        grant_type: grantType,
        subject_token: ownToken(),
        subject_token_type: jwtType,
        resource: `https://${host}/`,
      }),
    )
  const callApi = (token: string): Promise<Answer> => {
    const url = `http://${host}:${consoleUrl.port}/months`
    return send(new URL(url), { authorization: `DPoP ${token}`, dpop: proof('GET', url, token) })
  }

  test('is let in with a token that it got for its own, until its workload is not active', async () => {
    const answer = await exchange()
    assert.equal(answer.status, 200, answer.body)
    const issued = JSON.parse(answer.body) as Readonly<Record<string, string>>
    assert.equal(issued['token_type'], 'DPoP')
    const token = issued['access_token'] ?? ''
    let last = await callApi(token)
    await eventually('the gateway knows the policy', 10_000, async () => {
      last = await callApi(token)
      return last.status === 200
    })
    assert.match(last.body, /hello from reports\.localhost/)

    await put(false)
    await eventually('the token is worth nothing', 10_000, async () => {
      last = await callApi(token)
      return last.status === 401
    })
    assert.match(last.challenge ?? '', /^DPoP error="invalid_token"/)
    const again = await exchange()
    assert.equal(again.status, 400)
    assert.match(again.body, /"error":"invalid_request"/)
  })
})

interface Answer {
  readonly status: number
  readonly challenge: string | undefined
  readonly body: string
}

/** A GET, or a POST where there is a form; whatever the host is called, it is on this machine. */
function send(
  url: URL,
  headers: Readonly<Record<string, string>>,
  form?: URLSearchParams,
): Promise<Answer> {
  const method = form ? 'POST' : 'GET'
  const type = form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        host: '127.0.0.1',
        port: url.port,
        path: url.pathname,
        method,
        agent: false,
        headers: { host: url.host, ...type, ...headers },
      },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          body += part
        })
        response.on('error', reject)
        response.on('end', () => {
          const { statusCode = 0, headers: answered } = response
          resolve({ status: statusCode, challenge: answered['www-authenticate'], body })
        })
      },
    )
    asking.on('error', reject)
    asking.end(form?.toString())
  })
}

function signed(header: object, claims: object, key: KeyObject): string {
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}
