import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { samlApplicationsApi, samlIdentityApi } from '@countersign/contract/api/saml'
import { signOnApi } from '@countersign/contract/api/sign-on'
import type { Authentication } from '@countersign/contract/documents'
import { ApiError } from '@countersign/contract/client'
import type { SAML } from '@node-saml/node-saml'
import { challengeLimits } from '#signin/attempts'
import { type Browser, Town } from '#signin/openid-provider/town.fake'
import { ApplicationFake } from './application.fake.ts'
import { formOf } from './form.fake.ts'
import { bare, partyKey } from './party.fake.ts'
import { redirectUrl } from './redirect-binding.ts'
import { identityProvider, serviceProvider } from './samlify.fake.ts'
import { childrenOf, everyElement, readXml } from './xml.ts'
import { xml, xmlText } from './xml-write.ts'
import { signXml } from './xml-signature.ts'

describe('an application that asks over SAML', () => {
  let town: Town
  let wiki: ApplicationFake
  let vault: ApplicationFake
  let saml: SAML
  let metadata = ''
  before(async () => {
    town = await Town.open()
    wiki = await ApplicationFake.open()
    vault = await ApplicationFake.open()
    await town.application('wiki', wiki.signOn())
    await town.application(
      'vault',
      vault.signOn({ attributes: [{ name: 'groups', from: 'groups' }] }),
    )
    await town.application('closed', wiki.signOn({ entityId: 'https://closed.example.org' }))
    metadata = await (await fetch(`${town.origin}/saml/metadata`)).text()
    saml = wiki.meet(town.origin, certificatesIn(metadata))
    vault.meet(town.origin, certificatesIn(metadata))
  })
  after(async () => {
    await wiki.close()
    await vault.close()
    await town.close()
  })
  beforeEach(() => (wiki.profile = undefined))

  const ask = (options: object = {}, from: SAML = saml) =>
    from.getAuthorizeUrlAsync('back-there', undefined, { additionalParams: {}, ...options })
  const person = (browser: Browser, method: Authentication['method'] = 'passkey') => {
    browser.signsInAs = { person: 'ada', authentication: () => signedInBy(method) }
    return browser
  }
  /** Goes where the application sent the browser, and posts what comes of it. */
  const visit = async (browser: Browser, url: string) => {
    const { page, left } = await browser.visit(url)
    assert.ok(page, `a page of ours, and not ${left?.href}`)
    const html = await page.text()
    const form = formOf(html)
    const posted = await fetch(form.action, {
      method: 'POST',
      body: new URLSearchParams(form.fields),
    })
    return { page, form, status: posted.status, text: await posted.text() }
  }
  const statusOf = ({ SAMLResponse = '' }: Readonly<Record<string, string>>) => {
    const root = readXml(Buffer.from(SAMLResponse, 'base64').toString())
    return [...everyElement(root)]
      .filter(({ localName }) => localName === 'StatusCode')
      .map((it) => it.getAttribute('Value')?.split(':').at(-1))
  }
  const told = (url: URL | undefined) => url?.searchParams.get('problem')

  it('is asked by strangers so often and no more, or one could push out what others asked', async () => {
    const flooded = await Town.open()
    try {
      const asked = await Promise.all(
        Array.from({ length: 2 * challengeLimits.burst }, () =>
          fetch(`${flooded.origin}/saml/sso?SAMLRequest=x`, { redirect: 'manual' }),
        ),
      )
      const problems = asked.map(({ headers }) =>
        told(new URL(headers.get('location') ?? '', flooded.origin)),
      )
      assert.deepEqual(new Set(problems), new Set(['request.too_many', 'signin.saml_refused']))
    } finally {
      await flooded.close()
    }
  })

  it('is told who signed in, how, and until when (node-saml)', async () => {
    const browser = person(town.browser())
    const { page, form, text } = await visit(browser, await ask())
    assert.match(text, /^welcome .* back to back-there$/)
    assert.equal(browser.signIns, 1)
    const { profile } = wiki
    assert.equal(profile?.['mail'], 'ada@example.org')
    assert.equal(profile?.['displayName'], 'Ada Byron')
    assert.equal(profile?.nameIDFormat, 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent')
    assert.ok(!profile?.nameID.includes('ada'), 'the name says nothing of the person')
    const session = town.server.ledger.estate.get('session', browser.session ?? '')
    assert.ok(session)
    const assertion = readXml(profile?.getAssertionXml?.() ?? '')
    const [statement] = childrenOf(assertion, assertion.namespaceURI ?? '', 'AuthnStatement')
    const ends = Date.parse(statement?.getAttribute('SessionNotOnOrAfter') ?? '')
    assert.equal(ends, Math.floor(session.endsAt / 1000) * 1000)
    assert.ok(profile?.getAssertionXml?.().includes('https://refeds.org/profile/mfa'))
    // The page sends itself, and nothing else on it may run.
    const policy = page.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'; script-src 'nonce-[\w-]{43}'; base-uri 'none'/)
    assert.ok(!policy.includes('unsafe'), policy)
    assert.equal(form.action, wiki.acsUrl)
  })

  it('is told the same name of a person each time, and another application another one', async () => {
    const browser = person(town.browser())
    await visit(browser, await ask())
    const first = wiki.profile?.nameID
    await visit(browser, await ask())
    assert.equal(wiki.profile?.nameID, first)
    assert.equal(browser.signIns, 1, 'one sign-in is enough')
    const theirs = vault.meet(town.origin, certificatesIn(metadata))
    await visit(browser, await ask({}, theirs))
    assert.notEqual(vault.profile?.nameID, first)
    assert.equal(vault.profile?.['groups'], 'nurses', 'groups, because it asked for them')
    assert.equal(wiki.profile?.['groups'], undefined)
  })

  it('is told who signed in (samlify)', async () => {
    const key = partyKey('samlify')
    const sp = serviceProvider({
      entityID: 'https://wiki2.example.org',
      privateKey: key.privateKey,
      signingCert: key.certificate,
      requestSignatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
      authnRequestsSigned: true,
      nameIDFormat: ['urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'],
      wantAssertionsSigned: true,
      wantMessageSigned: true,
      assertionConsumerService: [
        {
          Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
          Location: 'https://wiki2.example.org/acs',
        },
      ],
    })
    const idp = identityProvider({ metadata })
    const signOn = await town.server.client.call(samlApplicationsApi.samlReadApplication, {
      body: { metadata: sp.getMetadata() },
    })
    await town.server.client.call(signOnApi.setSignOn, {
      params: { application: 'closed' },
      body: { ...signOn, nameId: 'persistent' },
    })
    await town.server.import({
      kind: 'application',
      document: { id: 'wiki2', name: 'wiki2', tier: 2, hosts: [], kind: 'web', groups: [] },
    })
    // It moves to an application that policies let Ada use.
    await town.server.client.call(signOnApi.removeSignOn, { params: { application: 'closed' } })
    await town.server.client.call(signOnApi.removeSignOn, { params: { application: 'wiki' } })
    await town.server.client.call(signOnApi.setSignOn, {
      params: { application: 'wiki' },
      body: { ...signOn, nameId: 'persistent' },
    })
    const { context } = sp.createLoginRequest(idp, 'redirect')
    const { page } = await person(town.browser()).visit(context)
    const form = formOf((await page?.text()) ?? '')
    assert.equal(form.action, 'https://wiki2.example.org/acs')
    const { extract } = await sp.parseLoginResponse(idp, 'post', { body: form.fields })
    assert.ok((extract.nameID ?? '').length > 20)
    await town.server.client.call(signOnApi.setSignOn, {
      params: { application: 'wiki' },
      body: wiki.signOn(),
    })
    await town.server.client.call(signOnApi.setSignOn, {
      params: { application: 'closed' },
      body: wiki.signOn({ entityId: 'https://closed.example.org' }),
    })
  })

  it('may ask by a form of its own site (HTTP-POST)', async () => {
    const text = signXml(request({}), '_q1', wiki.key)
    const browser = person(town.browser())
    const { location, address } = await postQuestion(text)
    assert.ok(address.startsWith(`${town.origin}/saml/answer?question=`), location)
    const { form } = await visit(browser, address)
    assert.deepEqual(statusOf(form.fields), ['Success'])
    assert.equal(form.fields['RelayState'], 'there')
  })

  async function postQuestion(text: string) {
    const response = await fetch(`${town.origin}/saml/sso`, {
      method: 'POST',
      body: new URLSearchParams({
        SAMLRequest: Buffer.from(text).toString('base64'),
        RelayState: 'there',
      }),
      headers: { origin: wiki.origin, 'sec-fetch-site': 'cross-site' },
      redirect: 'manual',
    })
    const location = response.headers.get('location') ?? ''
    return { location, address: location }
  }

  function request(
    attributes: Readonly<Record<string, string | undefined>>,
    issuer = wiki.entityId,
  ) {
    return xmlText(
      xml(
        'samlp:AuthnRequest',
        {
          ID: '_q1',
          Version: '2.0',
          IssueInstant: new Date().toISOString(),
          Destination: `${town.origin}/saml/sso`,
          ...attributes,
        },
        [xml('saml:Issuer', {}, issuer)],
      ),
    )
  }
  const redirected = (text: string, key = wiki.key) =>
    redirectUrl(
      {
        destination: `${town.origin}/saml/sso`,
        parameter: 'SAMLRequest',
        text,
        relayState: 'there',
      },
      key,
    )

  it('is told that access is refused, where policies refuse it, and nothing of the person', async () => {
    const theirs = wiki.meet(town.origin, certificatesIn(metadata), {
      issuer: 'https://closed.example.org',
    })
    const { form, status } = await visit(person(town.browser()), await ask({}, theirs))
    saml = wiki.meet(town.origin, certificatesIn(metadata))
    assert.deepEqual(statusOf(form.fields), ['Responder', 'RequestDenied'])
    assert.equal(status, 403)
    const text = Buffer.from(form.fields['SAMLResponse'] ?? '', 'base64').toString()
    assert.ok(!text.includes('Assertion'), 'there is no assertion in it')
  })

  it('gets a stronger sign-in where policies want one, and the person is asked again', async () => {
    const theirs = vault.meet(town.origin, certificatesIn(metadata), {
      disableRequestedAuthnContext: true,
    })
    const browser = town.browser()
    await browser.signIn('ada', signedInBy('password'))
    person(browser)
    const { form } = await visit(browser, await ask({}, theirs))
    assert.equal(browser.signIns, 1)
    assert.deepEqual(statusOf(form.fields), ['Success'])
  })

  it('is decided about anew at each assertion', async () => {
    const browser = person(town.browser())
    await visit(browser, await ask())
    const before = await decisionsOf(town)
    await visit(browser, await ask())
    assert.equal(await decisionsOf(town), before + 1)
    await town.setActive('ada', false)
    browser.signsInAs = undefined
    const { left } = await browser.visit(await ask())
    await town.setActive('ada', true)
    assert.equal(left?.pathname, '/signin', 'nobody is there who could be named')
  })

  it('gets a fresh sign-in where it asks for one (ForceAuthn)', async () => {
    const browser = person(town.browser())
    await browser.signIn('ada', { ...signedInBy('passkey'), observedAt: Date.now() - 60_000 })
    await visit(browser, redirected(request({ ForceAuthn: 'true' })))
    assert.equal(browser.signIns, 1)
  })

  it('gets no page shown to the person where it asks for none (IsPassive)', async () => {
    const { page } = await town.browser().visit(redirected(request({ IsPassive: 'true' })))
    const form = formOf((await page?.text()) ?? '')
    assert.deepEqual(statusOf(form.fields), ['Responder', 'NoPassive'])
  })

  it('is told where nobody could sign in as it asks', async () => {
    const theirs = wiki.meet(town.origin, certificatesIn(metadata), {
      authnContext: ['urn:example:retina'],
    })
    const { form } = await visit(person(town.browser()), await ask({}, theirs))
    saml = wiki.meet(town.origin, certificatesIn(metadata))
    assert.deepEqual(statusOf(form.fields), ['Responder', 'NoAuthnContext'])
  })

  const refusals: readonly (readonly [string, () => string])[] = [
    ['is unsigned, though it has a key', () => unsignedUrl(request({}))],
    ['is signed by somebody else', () => redirected(request({}), partyKey('evil'))],
    [
      'is of an application that nobody registered',
      () => redirected(request({}, 'https://evil.example.org')),
    ],
    [
      'wants the answer at an address that is not registered',
      () => redirected(request({ AssertionConsumerServiceURL: 'https://evil.example.org/acs' })),
    ],
    [
      'wants the answer at an address that only begins like a registered one',
      () => redirected(request({ AssertionConsumerServiceURL: `${wiki.acsUrl}.evil.example.org` })),
    ],
    [
      'names a number that is not registered',
      () => redirected(request({ AssertionConsumerServiceIndex: '7' })),
    ],
    [
      'wants another binding',
      () => redirected(request({ ProtocolBinding: 'urn:oasis:names:tc:SAML:2.0:bindings:PAOS' })),
    ],
    [
      'is for another identity provider',
      () => redirected(request({ Destination: 'https://other.example.org/sso' })),
    ],
    ['is old', () => redirected(request({ IssueInstant: '2020-01-01T00:00:00Z' }))],
    ['is of another version', () => redirected(request({ Version: '1.1' }))],
    [
      'has a document type',
      () => redirected(`<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>${request({})}`),
    ],
  ]
  for (const [what, url] of refusals) {
    it(`is not answered where its request ${what}`, async () => {
      const { left } = await person(town.browser()).visit(url())
      assert.equal(left?.origin, town.origin)
      assert.equal(told(left), 'signin.saml_refused')
    })
  }

  it('is not answered twice, and not by what a stranger makes up', async () => {
    const browser = person(town.browser())
    const first = await browser.ask(await ask())
    const address = first.headers.get('location') ?? ''
    await visit(browser, address)
    const again = await browser.visit(address)
    assert.equal(told(again.left), 'signin.expired')
    const made = await browser.visit(`/saml/answer?question=${'x'.repeat(43)}`)
    assert.equal(told(made.left), 'signin.expired')
  })

  it('cannot register a name that another one has, or a key that is too short', async () => {
    const set = (changes: object) =>
      town.server.client.call(signOnApi.setSignOn, {
        params: { application: 'vault' },
        body: vault.signOn(changes),
      })
    const unfit = (error: unknown) =>
      error instanceof ApiError && error.problem?.code === 'applications.sign_on_unfit'
    await assert.rejects(set({ entityId: wiki.entityId }), unfit)
    await assert.rejects(set({ certificates: [bare(partyKey('short', 1024))] }), unfit)
  })

  it('goes on verifying while our key is rolled over, as our metadata is read again', async () => {
    const step = (step: 'prepare' | 'activate' | 'retire') =>
      town.server.client.call(samlIdentityApi.samlRollKeys, { body: { step } })
    const { keys } = await step('prepare')
    assert.deepEqual(keys.map(({ state }) => state).toSorted(), ['current', 'next'])
    const both = certificatesIn(await (await fetch(`${town.origin}/saml/metadata`)).text())
    assert.equal(both.length, 2)
    await step('activate')
    await assert.rejects(step('activate'), /no next key/)
    const prepared = wiki.meet(town.origin, both)
    assert.equal((await visit(person(town.browser()), await ask({}, prepared))).status, 200)
    const unaware = wiki.meet(town.origin, certificatesIn(metadata))
    assert.equal((await visit(person(town.browser()), await ask({}, unaware))).status, 403)
    await step('retire')
    const left = certificatesIn(await (await fetch(`${town.origin}/saml/metadata`)).text())
    assert.equal(left.length, 1)
    saml = wiki.meet(town.origin, left)
    metadata = await (await fetch(`${town.origin}/saml/metadata`)).text()
  })
})

function signedInBy(method: Authentication['method']): Authentication {
  const phishingResistant = method === 'passkey' || method === 'hardware-key'
  return { method, phishingResistant, observedAt: Date.now(), provenance: 'attested' }
}

function certificatesIn(metadata: string): string[] {
  return [...metadata.matchAll(/<ds:X509Certificate>([^<]*)</g)].map(([, found = '']) => found)
}

function unsignedUrl(text: string): string {
  const message = deflateRawSync(Buffer.from(text)).toString('base64')
  const [, destination = ''] = /Destination="([^"]*)"/.exec(text) ?? []
  return `${destination}?SAMLRequest=${encodeURIComponent(message)}`
}

async function decisionsOf({ server }: Town): Promise<number> {
  const { rows } = await countDecisions(server)
  return rows
}

async function countDecisions(server: Town['server']): Promise<{ readonly rows: number }> {
  const found = await server.store.db.selectFrom('decisions').select('id').execute()
  return { rows: found.length }
}
