// Envoy asks over gRPC. It was not run here: a real gRPC client sends what Envoy sends.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import { secretHeader } from '@countersign/contract/external'
import type { World } from '#world.fake'
import { clientSide } from './envoy-messages.ts'
import { beginExternal, externalPort, secret } from './front.fake.ts'

interface Denied {
  readonly status: { readonly code: number }
  readonly deniedResponse: {
    readonly status: { readonly code: number }
    readonly headers: readonly {
      readonly header: { readonly key: string; readonly value: string }
    }[]
    readonly body: string
  }
}

interface Allowed {
  readonly status: { readonly code?: number }
  readonly okResponse: {
    readonly headers: readonly {
      readonly header: { readonly key: string; readonly value: string }
    }[]
    readonly headersToRemove: readonly string[]
  }
}

describe('Envoy over gRPC', () => {
  let world: World
  let client: Client
  before(async () => {
    world = await beginExternal()
    client = new Client(`127.0.0.1:${externalPort(world)}`, credentials.createInsecure())
  })
  after(async () => {
    client.close()
    await world.end()
  })

  const http = (more: object = {}) => ({
    method: 'GET',
    path: '/',
    host: 'open.localhost',
    headers: {},
    ...more,
  })

  function ask(
    request: object,
    given: {
      readonly application?: string
      readonly secret?: string
      readonly address?: string
    } = {},
  ): Promise<unknown> {
    const metadata = new Metadata()
    const shown = given.secret ?? secret
    if (shown !== '') metadata.set(secretHeader, shown)
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        '/envoy.service.auth.v3.Authorization/Check',
        clientSide.writeRequest,
        clientSide.readResponse,
        {
          attributes: {
            source: { address: { socketAddress: { address: given.address ?? '10.1.2.3' } } },
            request: { http: request },
            contextExtensions: { countersign_application: given.application ?? 'open' },
          },
        },
        metadata,
        (error: ServiceError | null, answer?: unknown) => (error ? reject(error) : resolve(answer)),
      )
    })
  }

  const denied = async (...given: Parameters<typeof ask>) => {
    const answer = (await ask(...given)) as Denied
    assert.notEqual(answer.status.code, 0)
    assert.ok('deniedResponse' in answer && !('okResponse' in answer))
    return answer.deniedResponse
  }
  const valueOf = (headers: Denied['deniedResponse']['headers'], name: string) =>
    headers.find(({ header }) => header.key === name)?.header.value

  it('hears an allow with our word, and what to take off the request', async () => {
    const { cookie } = await world.signIn('ada', 'wiki.localhost')
    const { status, okResponse } = (await ask(
      http({
        host: 'wiki.localhost',
        headers: {
          cookie: `${cookie}; theme=dark`,
          'x-forwarded-for': '6.6.6.6, 10.1.2.3',
          'x-forwarded-user': 'root',
          'x-auth-request-made-up': 'root',
          'countersign-assertion': 'forged',
          ':path': '/',
        },
      }),
      { application: 'wiki' },
    )) as Allowed
    assert.equal(status.code ?? 0, 0)
    assert.match(valueOf(okResponse.headers, 'countersign-assertion') ?? '', /^eyJ/)
    assert.equal(valueOf(okResponse.headers, 'cookie'), 'theme=dark')
    assert.equal(valueOf(okResponse.headers, 'x-forwarded-for'), '10.1.2.3')
    assert.deepEqual([...okResponse.headersToRemove].sort(), [
      'proxy-authorization',
      'x-auth-request-made-up',
      'x-forwarded-user',
    ])
  })

  it('takes our cookie off also where it is the only one', async () => {
    const { cookie } = await world.signIn('ada', 'wiki.localhost')
    const { okResponse } = (await ask(http({ host: 'wiki.localhost', headers: { cookie } }), {
      application: 'wiki',
    })) as Allowed
    assert.ok(okResponse.headersToRemove.includes('cookie'))
  })

  it('gives a browser the redirect with its cookie, and a program the problem', async () => {
    const browser = await denied(
      http({ host: 'payroll.localhost', headers: { accept: 'text/html' } }),
      { application: 'payroll' },
    )
    assert.equal(browser.status.code, 303)
    assert.match(valueOf(browser.headers, 'location') ?? '', /^http:\/\/countersign\.localhost/)
    assert.match(valueOf(browser.headers, 'set-cookie') ?? '', /^__Host-countersign-flow=/)
    const program = await denied(http({ host: 'payroll.localhost' }), { application: 'payroll' })
    assert.equal(program.status.code, 401)
    assert.match(program.body, /access\.sign_in_required/)
  })

  it('class 1 and 2: hears a deny for a target that can be read in two ways', async () => {
    for (const path of ['/a/../b', '/a%2fb', '//a', '/a;b', '/a#b', '/a%23b', '', '*', 'a']) {
      assert.equal((await denied(http({ path }))).status.code, 400, path)
    }
  })

  it('class 3: is not answered for another application than the one of its route', async () => {
    assert.equal((await denied(http(), { application: 'payroll' })).status.code, 421)
    assert.equal((await denied(http(), { application: 'nothing' })).status.code, 421)
    assert.equal((await denied(http(), { application: '' })).status.code, 400)
    const own = http({ host: 'countersign.localhost' })
    assert.equal((await denied(own, { application: 'countersign' })).status.code, 421)
  })

  it('class 7: hears a deny where the address cannot be read', async () => {
    for (const address of ['', 'unix:/tmp/socket', '10.0.0.1, 10.0.0.2', '10.0.0']) {
      assert.equal((await denied(http(), { address })).status.code, 400, address)
    }
  })

  it('class 11: sees both of two headers where they come unmerged', async () => {
    const raw = (key: string, value: string) => ({ key, rawValue: Buffer.from(value) })
    const answer = await denied({
      ...http(),
      headers: undefined,
      headerMap: { headers: [raw('authorization', 'a'), raw('authorization', 'b')] },
    })
    assert.equal(answer.status.code, 400)
  })

  it('class 17: is told nothing without the secret', async () => {
    for (const shown of ['', 'wrong', `${secret},${secret}`]) {
      await assert.rejects(ask(http(), { secret: shown }), /PERMISSION_DENIED/)
    }
  })

  it('class 6: knows no other method, and no body beyond a head', async () => {
    await assert.rejects(
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          '/envoy.service.auth.v3.Authorization/Other',
          clientSide.writeRequest,
          clientSide.readResponse,
          {},
          (error: ServiceError | null, answer?: unknown) =>
            error ? reject(error) : resolve(answer),
        )
      }),
      /UNIMPLEMENTED/,
    )
    await assert.rejects(ask(http({ headers: { big: 'x'.repeat(200_000) } })), /RESOURCE_EXHAUSTED/)
  })
})

describe('a gateway that stops', () => {
  it('does not wait for a proxy that keeps its connection, whatever that speaks', async () => {
    const world = await beginExternal()
    const port = externalPort(world)
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
    await new Promise<void>((resolve, reject) => {
      client.waitForReady(Date.now() + 2_000, (error) => (error ? reject(error) : resolve()))
    })
    const silent = connect(port, '127.0.0.1').on('error', () => {})
    await once(silent, 'connect')
    await world.end()
    client.close()
    silent.destroy()
  })
})
