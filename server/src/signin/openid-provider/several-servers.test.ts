import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as openid from 'openid-client'
import { lacking } from '../../../../test/parts.ts'
import { type Postgres, startPostgres } from '../../../../test/postgres.ts'
import { ClientFake, leftFor } from './client.fake.ts'
import { confidential, Town } from './town.fake.ts'

describe('two servers on one PostgreSQL', { skip: await lacking('postgres') }, () => {
  let postgres: Postgres
  let town: Town
  let wiki: ClientFake
  before(async () => {
    postgres = await startPostgres()
    town = await Town.open({ databaseUrl: await postgres.createDatabase(), isTwo: true })
    await town.application('wiki', confidential)
    const proof = openid.ClientSecretBasic(await town.secretOf('wiki'))
    wiki = await ClientFake.discover(town, 'wiki', proof)
  })
  after(async () => {
    await town.close()
    await postgres.stop()
  })

  it('are one provider: each goes on with what the other began', async () => {
    const ada = town.browser()
    ada.signsInAs = { person: 'ada' }
    const tokens = await wiki.signOn(ada, { prompt: 'login' }, 'openid email')
    const claims = await openid.fetchUserInfo(wiki.config, tokens.access_token, 'ada')
    assert.equal(claims.email, 'ada@example.org')
    const refreshed = await openid.refreshTokenGrant(wiki.config, tokens.refresh_token ?? '')
    assert.ok(refreshed.id_token)
    const { page } = await ada.visit('/oidc/sign-out?client_id=wiki')
    assert.equal(page?.status, 200)
  })

  it('trade a code once, also where both are asked at once', async () => {
    const ada = town.browser()
    ada.signsInAs = { person: 'ada' }
    const asked = await wiki.question()
    const answer = await leftFor(ada, asked.url)
    const tries = await Promise.allSettled([1, 2, 3, 4].map(() => wiki.tokens(asked, answer)))
    assert.ok(tries.filter(({ status }) => status === 'fulfilled').length <= 1)
  })
})
