import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { X509Certificate } from 'node:crypto'
import type { Profile, SAML } from '@node-saml/node-saml'
import { type Browser, Town } from '#signin/openid-provider/town.fake'
import { ApplicationFake } from './application.fake.ts'
import { formOf } from './form.fake.ts'
import { logoutResponse } from './logout.ts'
import { partyKey } from './party.fake.ts'
import { signedPart, trustedKey } from './xml-signature.ts'
import { child, readXml } from './xml.ts'
import { ns, statuses } from './names.ts'
import { xml, xmlText } from './xml-write.ts'

/** A repeated task that never does its work must not hold up the others. */
const waits = { timeout: 60_000 }

describe('single logout with an application that speaks SAML', () => {
  let town: Town
  let wiki: ApplicationFake
  let saml: SAML
  let certificate = ''
  before(async () => {
    town = await Town.open()
    wiki = await ApplicationFake.open()
    await town.application('wiki', wiki.signOn())
    const metadata = await (await fetch(`${town.origin}/saml/metadata`)).text()
    certificate = /<ds:X509Certificate>([^<]*)</.exec(metadata)?.[1] ?? ''
    saml = wiki.meet(town.origin, certificate)
    wiki.soapAnswer = answered(statuses.success)
  })
  after(async () => {
    await wiki.close()
    await town.close()
  })

  const signedOn = async (): Promise<{ browser: Browser; profile: Profile; session: string }> => {
    const browser = town.browser()
    await browser.signIn('ada')
    const { page } = await browser.visit(await saml.getAuthorizeUrlAsync('x', undefined, {}))
    const form = formOf((await page?.text()) ?? '')
    await fetch(form.action, { method: 'POST', body: new URLSearchParams(form.fields) })
    assert.ok(wiki.profile && browser.session !== undefined)
    return { browser, profile: wiki.profile, session: browser.session }
  }
  const isThere = (session: string) =>
    town.server.ledger.estate.get('session', session) !== undefined
  const told = (url: URL | undefined) => url?.searchParams.get('problem')

  it('ends the session of whom the application names, and says so to it', async () => {
    const { browser, profile, session } = await signedOn()
    const other = await signedOn()
    const url = await saml.getLogoutUrlAsync(profile, 'state', {})
    const { left } = await browser.visit(url)
    assert.equal(isThere(session), false)
    assert.equal(isThere(other.session), true, 'another session of the same person goes on')
    assert.ok(left?.href.startsWith(`${wiki.origin}/slo?SAMLResponse=`), left?.href)
    const query = left?.search.slice(1) ?? ''
    const container = Object.fromEntries(new URLSearchParams(query))
    const { loggedOut } = await saml.validateRedirectAsync(container, query)
    assert.equal(loggedOut, true)
    assert.equal(container['RelayState'], 'state')
  })

  it('counts in any browser, because the message says whom it is about', async () => {
    const { profile, session } = await signedOn()
    await town.browser().visit(await saml.getLogoutUrlAsync(profile, '', {}))
    assert.equal(isThere(session), false)
  })

  it('is refused without a signature (logout CSRF)', async () => {
    const { profile, session } = await signedOn()
    const unsigned = (await saml.getLogoutUrlAsync(profile, '', {})).replace(/&SigAlg=.*$/, '')
    const { left } = await town.browser().visit(unsigned)
    assert.equal(told(left), 'signin.saml_refused')
    assert.equal(isThere(session), true)
  })

  it('is refused with the signature of somebody else, and a second time', async () => {
    const { profile, session } = await signedOn()
    const evil = wiki.meet(town.origin, certificate, {
      privateKey: partyKey('evil').privateKey,
    })
    const forged = await town.browser().visit(await evil.getLogoutUrlAsync(profile, '', {}))
    saml = wiki.meet(town.origin, certificate)
    assert.equal(told(forged.left), 'signin.saml_refused')
    assert.equal(isThere(session), true)
    const url = await saml.getLogoutUrlAsync(profile, '', {})
    await town.browser().visit(url)
    assert.equal(told((await town.browser().visit(url)).left), 'signin.saml_refused')
  })

  it('ends nothing where the name and the session do not belong together', async () => {
    const { profile, session } = await signedOn()
    const guess = { ...profile, nameID: 'somebody-else' }
    await town.browser().visit(await saml.getLogoutUrlAsync(guess, '', {}))
    assert.equal(isThere(session), true)
  })

  it(
    'is asked of the application, signed and over SOAP, when the session ends here',
    waits,
    async () => {
      const { profile, session } = await signedOn()
      wiki.envelopes.length = 0
      await town.endSession(session)
      await until(() => wiki.envelopes.some((it) => it.includes(profile.sessionIndex ?? '-')))
      const envelope = wiki.envelopes.find((it) => it.includes(profile.sessionIndex ?? '-')) ?? ''
      const request = child(child(readXml(envelope), ns.soap, 'Body'), ns.protocol, 'LogoutRequest')
      const key = trustedKey(certificate)
      const signed = signedPart(envelope, request, [key])
      assert.equal(signed.getAttribute('Destination'), `${wiki.origin}/soap`)
      await until(async () => (await noticesOf(town)).includes(session))
    },
  )

  function answered(code: string): string {
    const head = { id: '_1', issuer: 'x', destination: 'y', now: 0, inResponseTo: '_0' }
    return xmlText(xml('soap:Envelope', {}, [xml('soap:Body', {}, [logoutResponse(head, [code])])]))
  }
})

describe('the certificate of our key', () => {
  it('is one that others can read, signed by itself', () => {
    const { certificate } = partyKey('SAML of countersign.example.org')
    const read = new X509Certificate(certificate)
    assert.equal(read.subject, 'CN=SAML of countersign.example.org')
    assert.equal(read.issuer, read.subject)
    assert.ok(read.verify(read.publicKey))
    assert.ok(Date.parse(read.validTo) > Date.parse(read.validFrom))
  })
})

async function noticesOf({ server }: Town): Promise<readonly string[]> {
  const rows = await server.store.db
    .selectFrom('documents')
    .select('body')
    .where('kind', '=', 'sign-on-notice')
    .execute()
  return rows.map(({ body }) => (body as { readonly session: string }).session)
}

/** Waits for what a repeated task does. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (;;) {
    if (await isSo()) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}
