import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { credentialsApi } from '@countersign/contract/api/credentials'
import { networksApi } from '@countersign/contract/api/networks'
import { ApiError } from '@countersign/contract/client'
import type { AnyDocument, Application } from '@countersign/contract/documents'
import type { ProblemCode } from '@countersign/contract/problems'
import { Secret } from '@countersign/contract/secret'
import {
  credentialBundle,
  credentialFault,
  credentialsType,
  sealingKeyType,
  type StoredCredential,
} from '@countersign/contract/upstream-credential'
import { compactDecrypt, compactVerify, importJWK } from 'jose'
import { masterKeyName } from '#feed/master-key.file'
import { GatewayFake, ServerFake } from '#server.fake'
import { StoreFault } from '#store/fault'
import { openCredential, sealCredential } from './credential-seal.ts'

const password = 'correct horse battery'
const upstream = 'http://10.0.0.5:8080'

describe('the credentials of an application', () => {
  let server: ServerFake
  let gateway: GatewayFake
  const logged: string[] = []
  before(async () => {
    const log = (fields: object, message: string): void =>
      void logged.push(JSON.stringify(fields) + message)
    server = await ServerFake.start({ log: { debug: log, info: log, warn: log, error: log } })
    gateway = await server.enrol()
    await server.import(
      legacy(),
      legacy({ id: 'portal', upstreamCredential: { kind: 'basic', per: 'person' } }),
      plain('modern'),
      {
        kind: 'person',
        document: { id: 'ada', name: 'Ada', class: 'employee', active: true, groups: [] },
      },
    )
  })
  after(() => server.remove())

  const set = (application: string, body: { user?: string; secret: string; person?: string }) =>
    server.client.call(credentialsApi.setCredential, { params: { application }, body })
  const remove = (application: string, person?: string) =>
    server.client.call(credentialsApi.removeCredential, {
      params: { application },
      query: person === undefined ? {} : { person },
    })
  const list = (application: string) =>
    server.client.call(credentialsApi.credentials, { params: { application } })

  async function statement(type = sealingKeyType, signer = gateway) {
    const pair = generateKeyPairSync('x25519')
    return { signed: await signer.sign(type, pair.publicKey.export({ format: 'jwk' })), pair }
  }

  async function bundle() {
    const { signed, pair } = await statement()
    const answer = await gateway.ask(`${networksApi.credentials.path}?key=${signed}`)
    assert.equal(answer.status, 200, answer.text)
    const opened = await compactDecrypt(String(answer.json['sealed']), pair.privateKey)
    const { payload, protectedHeader } = await compactVerify(
      opened.plaintext,
      await importJWK(gateway.feedKey, 'EdDSA'),
    )
    assert.equal(protectedHeader.typ, credentialsType)
    return {
      text: answer.text,
      ...credentialBundle.parse(JSON.parse(Buffer.from(payload).toString())),
    }
  }

  it('reach a gateway sealed for it, and are shown to nobody else', async () => {
    await set('legacy', { user: 'robot', secret: password })
    await set('portal', { user: 'ada', secret: password, person: 'ada' })
    const { credentials, applications, gateway: id, text } = await bundle()
    assert.deepEqual(credentials, [
      { application: 'legacy', user: 'robot', secret: password, upstream },
      { application: 'portal', person: 'ada', user: 'ada', secret: password, upstream },
    ])
    assert.equal(id, gateway.id)
    assert.deepEqual(applications.map((it) => it.id).sort(), ['legacy', 'portal'])
    assert.ok(!text.includes(password))
    const { credentials: listed } = await list('portal')
    assert.deepEqual(listed, [{ person: 'ada', setAt: server.now, setBy: 'Workload::"operator"' }])
  })

  it('lie in the store sealed, and in no entry of the journal, no document and no log', async () => {
    const { db } = server.store
    const everything = JSON.stringify([
      await db.selectFrom('credentials').selectAll().execute(),
      await db.selectFrom('journal').selectAll().execute(),
      await db.selectFrom('documents').selectAll().execute(),
      logged,
    ])
    assert.ok(everything.includes('applications.credential.set'))
    assert.ok(!everything.includes(password))
    assert.ok(!everything.includes(Buffer.from(password).toString('base64')))
    assert.ok(!everything.includes(Buffer.from(password).toString('base64url')))
  })

  it('are removed for good, and the application says that they changed', async () => {
    const before = server.ledger.estate.get('application', 'legacy')?.credentialsChangedAt ?? 0
    await remove('legacy')
    const { credentials, applications } = await bundle()
    assert.deepEqual(
      credentials.map(({ application }) => application),
      ['portal'],
    )
    const changedAt = applications.find(({ id }) => id === 'legacy')?.changedAt ?? 0
    assert.ok(changedAt > before)
    await refused(remove('legacy'), 'applications.credential_not_found')
    await server.import(legacy({ name: 'Renamed', credentialsChangedAt: 1 }))
    const imported = server.ledger.estate.get('application', 'legacy')
    assert.deepEqual([imported?.name, imported?.credentialsChangedAt], ['Renamed', changedAt])
  })

  it('are of the kind that the application takes, and of somebody', async () => {
    const unfit = 'applications.credential_unfit'
    await refused(set('modern', { secret: 'x' }), unfit)
    await refused(set('legacy', { secret: 'x' }), unfit)
    await refused(set('legacy', { user: 'a:b', secret: 'x' }), unfit)
    await refused(set('legacy', { user: 'a', secret: 'x', person: 'ada' }), unfit)
    await refused(set('portal', { user: 'a', secret: 'x' }), unfit)
    await refused(set('portal', { user: 'a', secret: 'x', person: 'nobody' }), unfit)
    await refused(set('nowhere', { secret: 'x' }), 'applications.not_found')
  })

  it('are given to no gateway for a key that it did not sign as such', async () => {
    const others = [
      (await statement(sealingKeyType, new GatewayFake(server))).signed,
      (await statement('countersign-gateway+jwt')).signed,
      'nonsense',
    ]
    for (const key of others) {
      const answer = await gateway.ask(`${networksApi.credentials.path}?key=${key}`)
      assert.equal(answer.json['code'], 'request.malformed')
    }
    const { signed } = await statement()
    const nobody = await server.network(`${networksApi.credentials.path}?key=${signed}`)
    assert.equal(nobody.status, 401)
  })

  it('survive a new master key, after which the old one opens nothing', async () => {
    const path = join(server.dataDir, masterKeyName)
    const old = await readFile(path, 'utf8')
    const next = randomBytes(32).toString('base64url')
    await writeFile(`${path}.next`, next, { mode: 0o600 })
    await server.restart()
    assert.equal((await readFile(path, 'utf8')).trim(), next)
    assert.equal((await bundle()).credentials[0]?.secret, password)
    const [row] = await server.store.db.selectFrom('credentials').selectAll().execute()
    const whose = { application: 'portal', person: 'ada' }
    const oldKey = new Secret<Uint8Array>(Buffer.from(old.trim(), 'base64url'))
    await assert.rejects(openCredential(oldKey, whose, row?.sealed ?? ''), StoreFault)
    // As after a start that broke off between its transaction and the change of the file.
    await writeFile(path, old, { mode: 0o600 })
    await writeFile(`${path}.next`, next, { mode: 0o600 })
    await server.restart()
    assert.equal((await bundle()).credentials[0]?.secret, password)
  })
})

describe('a sealed credential', () => {
  const key = new Secret<Uint8Array>(randomBytes(32))
  const credential = new Secret<StoredCredential>({ user: 'u', secret: password, upstream })

  it('opens for the application and person it was sealed for, and for no other', async () => {
    const sealed = await sealCredential(key, { application: 'a', person: 'ada' }, credential)
    const opened = await openCredential(key, { application: 'a', person: 'ada' }, sealed)
    assert.deepEqual(opened.reveal(), credential.reveal())
    for (const whose of [
      { application: 'b', person: 'ada' },
      { application: 'a', person: 'bob' },
      { application: 'a' },
    ]) {
      await assert.rejects(openCredential(key, whose, sealed), StoreFault)
    }
    const tampered = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`
    await assert.rejects(
      openCredential(key, { application: 'a', person: 'ada' }, tampered),
      (error) => {
        assert.ok(error instanceof StoreFault)
        return !error.message.includes(password)
      },
    )
  })

  it('looks different each time', async () => {
    const whose = { application: 'a' }
    assert.notEqual(
      await sealCredential(key, whose, credential),
      await sealCredential(key, whose, credential),
    )
  })
})

describe('what is put into a header', () => {
  const rows = [
    ['basic', { user: 'ada', secret: 'pä:ss' }, true],
    ['basic', { user: 'ada', secret: 'a\nb' }, false],
    ['basic', { secret: 'a' }, false],
    ['bearer', { secret: 'abc.def_-~+/==' }, true],
    ['bearer', { secret: 'a b' }, false],
    ['bearer', { secret: 'a\r\nX: y' }, false],
    ['bearer', { user: 'ada', secret: 'a' }, false],
    ['header', { secret: 'Token a b' }, true],
    ['header', { secret: ' a' }, false],
    ['header', { secret: 'a\r\nX: y' }, false],
    ['header', { secret: 'é' }, false],
  ] as const
  for (const [kind, credential, isFit] of rows) {
    it(`as ${kind} ${isFit ? 'may' : 'may not'} be ${JSON.stringify(credential)}`, () => {
      assert.equal(credentialFault({ kind, per: 'application' }, credential) === undefined, isFit)
    })
  }
})

function legacy(more: Partial<Application> = {}): AnyDocument {
  const { document } = plain(more.id ?? 'legacy')
  return {
    kind: 'application',
    document: { ...document, upstreamCredential: { kind: 'basic', per: 'application' }, ...more },
  }
}

function plain(id: string): { readonly kind: 'application'; readonly document: Application } {
  return {
    kind: 'application',
    document: {
      id,
      name: id,
      tier: 2,
      hosts: [`${id}.localhost`],
      upstream,
      kind: 'web',
      groups: [],
    },
  }
}

async function refused(call: Promise<unknown>, code: ProblemCode): Promise<void> {
  await assert.rejects(call, (error) => error instanceof ApiError && error.problem?.code === code)
}
