// The console in a real browser, over pretended data, under the content security policy that the
// server sends: every page, light and dark, by keyboard, and when something is wrong.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { build } from 'vite'
import { addPasskeyDevice, launchChromium } from '../test/chromium.ts'
import { lacking } from '../test/parts.ts'
import { administrator, contractor, nurse } from './fixture/organisation.ts'
import { type Fixture, startFixture } from './fixture/server.ts'

const pages = [
  ['the overview', '/', 'Northfield Hospital'],
  ['decisions', '/visibility/decisions', 'Decisions'],
  ['people', '/identity/people', 'People'],
  ['workloads', '/identity/workloads', 'Workloads'],
  ['groups', '/identity/groups', 'Groups'],
  ['devices', '/devices', 'Devices'],
  ['a device at the side', '/devices?search=dev-1000&selected=dev-1000', 'Devices'],
  ['gateways', '/networks/gateways', 'Gateways'],
  ['hosts', '/networks/hosts', 'Hosts'],
  ['applications', '/applications', 'Applications'],
  ['sessions', '/identity/sessions', 'Sessions'],
  ['sign-in coverage', '/identity/coverage', 'Sign-in coverage'],
  ['prompts', '/identity/friction', 'Prompts'],
  ['break-glass accounts', '/identity/break-glass', 'Break-glass accounts'],
  ['the cadence', '/identity/cadence', 'Cadence'],
  ['enrolment and recovery', '/identity/enrolment', 'Enrolment and recovery'],
  ['identity providers', '/identity/providers', 'Identity providers'],
  ['a provider at the side', '/identity/providers?selected=university', 'Identity providers'],
  ['adding a provider', '/identity/providers?add=oidc', 'Identity providers'],
  ['unknown identities', '/identity/unmatched', 'Unknown identities'],
  ['who was dismissed', '/identity/unmatched?state=dismissed', 'Unknown identities'],
  ['sign-on at the side', '/applications?search=wiki&selected=wiki', 'Applications'],
  ['sign-on coverage', '/applications/sign-on', 'Sign-on coverage'],
  ['data sets', '/data', 'Data sets'],
  ['the release in force', '/policies', 'Release 14'],
  ['my applications', '/applications/mine', 'My applications'],
  ['my sign-in', '/identity/me', 'My sign-in'],
  ['my sessions', '/identity/my-sessions', 'My sessions'],
  ['requests', '/identity/requests', 'Requests'],
  ['asking', '/identity/requests?decision=dec_1&reason=month%20end', 'Requests'],
  ['a list without a match', '/identity/people?search=nobody-of-that-name', 'People'],
] as const

describe('the console', { skip: await lacking('chromium') }, () => {
  let fixture: Fixture
  let browser: Browser
  let dist: string

  before(async () => {
    // Built anew and elsewhere: what is tested is this source, and nobody else's build is disturbed.
    dist = await mkdtemp(join(tmpdir(), 'countersign-console-'))
    await build({
      root: import.meta.dirname,
      logLevel: 'warn',
      build: { outDir: dist, emptyOutDir: true },
    })
    fixture = await startFixture({ port: 0, everyMs: 0, dist })
    browser = await launchChromium()
  })

  after(async () => {
    await browser?.close()
    await fixture?.[Symbol.asyncDispose]()
    await rm(dist, { recursive: true, force: true })
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every page renders in ${colorScheme}, without a complaint of the browser or of axe`, async () => {
      await using visit = await visitAs(administrator, { colorScheme })
      for (const [name, path, heading] of pages) {
        await visit.page.goto(fixture.url + path)
        await visit.page.getByRole('heading', { level: 1, name: heading }).waitFor()
        await settled(visit.page)
        // Only colours differ between the two, and the whole examination takes seconds.
        const rules = colorScheme === 'light' ? undefined : ['color-contrast']
        assert.deepEqual(await seriousViolations(visit.page, rules), [], name)
      }
      assert.deepEqual(visit.complaints, [])
    })
  }

  for (const verdict of ['allow', 'deny', 'step-up'] as const) {
    test(`the page of a decision explains the verdict ${verdict}`, async () => {
      await using visit = await visitAs(administrator)
      const { page } = visit
      await page.goto(`${fixture.url}/visibility/decisions?verdict=${verdict}`)
      await page.locator('a[data-row]').first().click()
      await page.getByRole('heading', { name: 'Why' }).waitFor()
      await page.getByRole('heading', { level: 1, name: / asked to / }).waitFor()
      await page.getByRole('table', { name: 'Facts at that moment' }).waitFor()
      assert.deepEqual(await seriousViolations(page), [])
      assert.deepEqual(visit.complaints, [])
    })
  }

  test('the keyboard alone reaches a decision and comes back', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await page.goto(fixture.url)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Search' }).waitFor()
    await page.keyboard.type('decisions')
    await page.keyboard.press('Enter')
    await page.locator('a[data-row]').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('k')
    assert.equal(await page.evaluate(focusedRow), 1)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Why' }).waitFor()
    assert.equal(await page.evaluate('document.activeElement.id'), 'content')
    await page.goBack()
    await page.getByRole('heading', { level: 1, name: 'Decisions' }).waitFor()
  })

  test('the palette finds an application and opens it at the side of its list', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await page.goto(`${fixture.url}/devices`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Search' }).fill('payroll')
    await page.getByRole('option', { name: /^Payroll/ }).click()
    await page.getByRole('dialog').getByText('Salaries and time sheets').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  })

  test('a decision appears in the list in the moment it is made', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await liveDecisions(page)
    const { id } = fixture.decide()
    await page.locator(`a[data-row][href$="${id}"]`).waitFor()
  })

  test('while the list is paused new decisions wait and are counted', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await liveDecisions(page)
    await page.keyboard.press('p')
    await page.getByText('Paused').waitFor()
    const made = [fixture.decide(), fixture.decide()]
    await page.getByRole('button', { name: '2 new' }).waitFor()
    assert.equal(await page.locator(`a[data-row][href$="${made[0]?.id}"]`).count(), 0)
    await page.getByRole('button', { name: '2 new' }).click()
    await page.locator(`a[data-row][href$="${made[0]?.id}"]`).waitFor()
  })

  test('after a broken connection the decisions made meanwhile are there', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await liveDecisions(page)
    fixture.cutStreams()
    await page.getByText('Not connected').waitFor()
    const { id } = fixture.decide()
    await page.locator(`a[data-row][href$="${id}"]`).waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
  })

  test('a filter stands in the address and holds for what arrives', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await liveDecisions(page)
    await page.getByText('Step-up', { exact: true }).first().click()
    await page.waitForURL(/verdict=step-up/)
    await page.getByText('Live', { exact: true }).waitFor()
    await page.reload()
    await page.locator('a[data-row]').first().waitFor()
    assert.equal(
      await page
        .locator('tbody tr')
        .filter({ hasText: /Allow|Deny/ })
        .count(),
      0,
    )
  })

  test('a list goes page by page and filters as one types', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await page.goto(`${fixture.url}/identity/people`)
    await page.getByText('1–50 of 135').waitFor()
    await page.getByRole('button', { name: 'Next page' }).click()
    await page.getByText('51–100 of 135').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('solberg')
    await page.getByText('1 person', { exact: true }).waitFor()
    assert.match(page.url(), /search=solberg/)
  })

  test('someone without administrative rights has the portal and nothing else', async () => {
    await using visit = await visitAs(nurse)
    const { page } = visit
    await page.goto(fixture.url)
    await page.getByRole('heading', { level: 1, name: 'My applications' }).waitFor()
    const links = await page.getByRole('navigation').getByRole('link').allTextContents()
    assert.deepEqual(links, ['My applications', 'My sign-in', 'Requests', 'My sessions'])
    const opened = page.waitForEvent('popup')
    await page
      .getByRole('link', { name: /^Pa Payroll|Payroll/ })
      .first()
      .click()
    await (await opened).close()
    assert.deepEqual(await seriousViolations(page), [])
  })

  test('a visitor who is not signed in goes to the sign-in page and comes back to where they were', async () => {
    await using visit = await visitAs(undefined)
    const { page } = visit
    await page.goto(`${fixture.url}/identity/groups?search=clin`)
    await page.waitForURL(/\/signin\?return=/)
    assert.deepEqual(await seriousViolations(page), [])
    await page.getByRole('button', { name: /Ingrid Solberg/ }).click()
    await page.waitForURL(/\/identity\/groups\?search=clin/)
    await page.getByText('Clinical staff').waitFor()
  })

  test('a sign-in that is refused says why and what to do', async () => {
    await using visit = await visitAs(undefined)
    const { page } = visit
    await page.goto(`${fixture.url}/signin`)
    await page
      .getByRole('button', { name: new RegExp(contractor.split('.')[1] ?? '', 'i') })
      .click()
    const alert = page.getByRole('alert')
    await alert.getByText('This account has ended').waitFor()
    await alert.getByText('Try again with a passkey that you registered here.').waitFor()
    await alert.getByText('req_01jd9zz0fixture').waitFor()
  })

  test('a passkey is made with the setup link, signs in, and another is added', async () => {
    await using visit = await visitAs(undefined)
    const { page } = visit
    const device = await addPasskeyDevice(page)
    await page.goto(`${fixture.url}/setup#secret`)
    await page.getByLabel('Your name').fill('Ingrid Solberg')
    assert.deepEqual(await seriousViolations(page), [])
    await page.getByRole('button', { name: 'Create my passkey' }).click()
    await overview(page)
    assert.equal((await device.passkeys()).length, 1)
    await page.goto(`${fixture.url}/identity/me`)
    await page.getByRole('button', { name: 'Sign out' }).first().click()
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await overview(page)
    await page.goto(`${fixture.url}/identity/me`)
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByLabel('Name of the passkey').fill('Key in the drawer')
    await page.getByRole('button', { name: 'Create it' }).click()
    await page.getByRole('listitem').filter({ hasText: 'Key in the drawer' }).waitFor()
    assert.deepEqual(visit.complaints, [])
  })

  test('a prompt for a passkey that comes to nothing is told in words', async () => {
    await using visit = await visitAs(undefined)
    const { page } = visit
    const device = await addPasskeyDevice(page)
    await device.verifyPerson(false)
    await page.goto(`${fixture.url}/setup#secret`)
    await page.getByLabel('Your name').fill('Ingrid Solberg')
    await page.getByRole('button', { name: 'Create my passkey' }).click()
    await page.getByRole('alert').getByText('No passkey was used').waitFor()
  })

  test('a program is approved by whoever sees what it is, and where it asks from', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await page.goto(`${fixture.url}/connect`)
    await page.getByLabel('Code').fill('bcdf ghjk')
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText('Approve only what you started yourself').waitFor()
    await page.getByText('ward-laptop-17, as it says').waitFor()
    await page.getByText('It will open tunnels as').waitFor()
    assert.equal(await page.getByRole('alert').count(), 0)
    assert.deepEqual(await seriousViolations(page), [])
    await page.getByRole('button', { name: 'The code is the same: sign it in' }).click()
    await page.getByRole('heading', { name: 'The program is signed in' }).waitFor()
    assert.deepEqual(await seriousViolations(page), [])
    assert.deepEqual(visit.complaints, [])
  })

  test('a program that asks from elsewhere is flagged, and denied with one press', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await page.goto(`${fixture.url}/connect?code=BCDF-BCDF`)
    await page.getByRole('alert').getByText('another network address').waitFor()
    assert.deepEqual(await seriousViolations(page), [])
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByRole('heading', { name: 'The program was denied' }).waitFor()
  })

  test('a program is approved after a fresh sign-in, where that is asked for', async () => {
    await using visit = await visitAs(nurse)
    const { page } = visit
    await addPasskeyDevice(page)
    await page.goto(`${fixture.url}/connect?code=BCDF-GHJK`)
    await page.getByRole('button', { name: 'The code is the same: sign it in' }).click()
    await page.getByRole('button', { name: 'Confirm with your passkey' }).waitFor()
    assert.deepEqual(await seriousViolations(page), [])
  })

  test('a code with which no program waits says so', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await page.goto(`${fixture.url}/connect?code=XXXX-XXXX`)
    await page.getByRole('alert').getByText('No program waits with this code').waitFor()
  })

  test('a setup link that was used says where a new one comes from', async () => {
    await using visit = await visitAs(undefined)
    const { page } = visit
    await page.goto(`${fixture.url}/setup#spent`)
    await page.getByLabel('Your name').fill('Mallory')
    await page.getByRole('button', { name: 'Create my passkey' }).click()
    await page.getByRole('alert').getByText('This link was used already or has expired').waitFor()
  })

  test('a recovery code that is refused shows what to do', async () => {
    await using visit = await visitAs(undefined)
    const { page } = visit
    await page.goto(`${fixture.url}/signin`)
    await page.getByRole('link', { name: 'My passkeys are gone' }).click()
    await page.getByLabel('Recovery code').fill('7301-KXWD-9PMT-4HJC-22RF')
    assert.deepEqual(await seriousViolations(page), [])
    await page.getByRole('button', { name: 'Go on to a new passkey' }).click()
    await page.getByRole('alert').getByText('The sign-in did not succeed').waitFor()
  })

  test('a link for enrolling says whom it is for, and its passkey leads on', async () => {
    await using visit = await visitAs(undefined)
    const { page } = visit
    const device = await addPasskeyDevice(page)
    await page.goto(`${fixture.url}/signin/enrol#secret`)
    await page.getByText('This link is for Amara Okafor').waitFor()
    await page.getByLabel('What to call this passkey').fill('Ward phone')
    assert.deepEqual(await seriousViolations(page), [])
    await page.getByRole('button', { name: 'Create my passkey' }).click()
    await page.getByRole('heading', { level: 1, name: 'My applications' }).waitFor()
    assert.equal((await device.passkeys()).length, 1)
    assert.deepEqual(visit.complaints, [])
  })

  test('who is signed in with a password finds the way to a code from their app', async () => {
    await using visit = await visitAs(contractor)
    const { page } = visit
    await page.goto(`${fixture.url}/signin?return=%2Fidentity%2Fme`)
    await page.getByRole('link', { name: 'enter the code from your app' }).click()
    await page.getByRole('heading', { name: 'Enter the code from your app' }).waitFor()
    assert.match(page.url(), /return=%2Fidentity%2Fme/)
    assert.deepEqual(await seriousViolations(page), [])
  })

  test('another session of mine ends with one press', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await page.goto(`${fixture.url}/identity/my-sessions`)
    const phone = page.getByRole('button', { name: /^End .*Safari/ })
    await phone.click()
    await phone.waitFor({ state: 'detached' })
    await page.getByText('This one').waitFor()
  })

  test('removing a passkey asks once, where the keyboard stands', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await addPasskeyDevice(page)
    await page.goto(`${fixture.url}/identity/me`)
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByLabel('Name of the passkey').fill('Borrowed tablet')
    await page.getByRole('button', { name: 'Create it' }).click()
    const row = page.getByRole('listitem').filter({ hasText: 'Borrowed tablet' })
    const remove = row.getByRole('button', { name: 'Remove Borrowed tablet' })
    await remove.press('Enter')
    await row.getByText('It signs you in no more').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    const focused = await page.evaluate('document.activeElement.ariaLabel')
    assert.equal(focused, 'Remove Borrowed tablet')
    await page.keyboard.press('Enter')
    assert.deepEqual(await seriousViolations(page), [])
    await page.keyboard.press('Enter')
    await row.waitFor({ state: 'detached' })
    assert.deepEqual(visit.complaints, [])
  })

  test('new recovery codes are ten, and are there only once', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await page.goto(`${fixture.url}/identity/me`)
    await page.getByRole('button', { name: 'Make new ones recovery codes' }).click()
    await page.getByRole('button', { name: 'Make new codes' }).click()
    const codes = page.getByRole('status').filter({ hasText: 'Put these ten codes away now' })
    await codes.waitFor()
    assert.equal(await codes.getByRole('listitem').count(), 10)
    assert.deepEqual(await seriousViolations(page), [])
    await page.reload()
    await page.getByText('10 left of the set').waitFor()
    assert.equal(await codes.count(), 0)
  })

  test('an unknown identity is linked to the person it is', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await page.goto(fixture.url)
    await page.getByRole('link', { name: '2 unknown identities wait' }).click()
    await page.getByRole('button', { name: 'Link Ivo Tanaka to a person' }).click()
    await page.getByLabel('Who is it here?').fill('ivo.virtanen')
    await page.getByText('Ivo Virtanen, ').waitFor()
    await page.getByRole('button', { name: 'Link to ivo.virtanen for Ivo Tanaka' }).click()
    await page.getByText('Whoever signs in as Ivo Tanaka').waitFor()
    assert.deepEqual(await seriousViolations(page), [])
    await page.getByRole('button', { name: 'Link them' }).click()
    await page.getByRole('listitem', { name: 'Ivo Tanaka' }).waitFor({ state: 'detached' })
    assert.deepEqual(visit.complaints, [])
  })

  test('an unknown identity is dismissed with a reason, which stays to be read', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await page.goto(`${fixture.url}/identity/unmatched`)
    await page.getByRole('button', { name: 'Dismiss Freya Novak' }).click()
    await page.getByLabel('Why nothing is to be done').fill('left in spring')
    await page.getByRole('button', { name: 'Dismiss', exact: true }).click()
    await page.getByText('Everyone who came is known here').waitFor()
    await page.getByText('Dismissed', { exact: true }).click()
    await page.getByText('left in spring').waitFor()
  })

  test('a provider is added, checked and removed', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await page.goto(`${fixture.url}/identity/providers`)
    await page.getByRole('button', { name: 'Add a provider' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Office account')
    await page.getByLabel('Id', { exact: true }).fill('office')
    await page.getByLabel('Domains').fill('office.example')
    await page.getByLabel('Issuer').fill('https://login.office.example')
    await page.getByLabel('Client id').fill('hospital')
    await page.getByLabel('Client secret').fill('a secret of theirs')
    await page.getByRole('button', { name: 'Add it' }).click()
    const side = page.getByRole('dialog', { name: 'Office account' })
    await side.getByRole('button', { name: 'Check it' }).click()
    await side.getByText('It can be used').waitFor()
    assert.deepEqual(await seriousViolations(page), [])
    await side.getByRole('button', { name: 'Remove Office account' }).click()
    await side.getByRole('button', { name: 'Remove it' }).click()
    await side.waitFor({ state: 'detached' })
    assert.deepEqual(visit.complaints, [])
  })

  test('a link for a first passkey is shown once, and one of an administrator waits for a second one', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await page.goto(`${fixture.url}/identity/enrolment`)
    await page.getByLabel('Who has no passkey yet?').fill('ada.lindqvist')
    await page.getByRole('button', { name: 'Issue a link' }).click()
    await page.getByText(/signin\/enrol#/).waitFor()
    await page.getByRole('button', { name: 'Confirm the link of Jonas Nwosu' }).click()
    assert.deepEqual(await seriousViolations(page), [])
    await page.getByRole('button', { name: 'Let it open' }).click()
    await page.getByText('Waits for a second administrator').waitFor({ state: 'detached' })
    await page.reload()
    await page.getByRole('link', { name: 'Ada Lindqvist' }).waitFor()
    assert.equal(await page.getByText(/signin\/enrol#/).count(), 0)
  })

  test('a recovery is started for what is lost, and confirmed by who recognised the person', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await page.goto(`${fixture.url}/identity/enrolment`)
    await page.getByLabel('Who lost a device?').fill('ada.lindqvist')
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByLabel('Ward phone').check()
    assert.deepEqual(await seriousViolations(page), [])
    await page.getByRole('button', { name: 'Start the recovery' }).click()
    await page.getByRole('button', { name: 'Confirm the recovery of Ada Lindqvist' }).waitFor()
    await page.getByRole('button', { name: 'Confirm the recovery of Leila Yilmaz' }).click()
    await page.getByRole('button', { name: 'It is really Leila Yilmaz' }).click()
    await page.getByText('Give this link to Leila Yilmaz yourself').waitFor()
    assert.deepEqual(visit.complaints, [])
  })

  test('an application registers for OpenID Connect and gets a secret that is shown once', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await page.goto(`${fixture.url}/applications?search=rota&selected=rota`)
    await page.getByRole('button', { name: 'Register it' }).click()
    await page.getByLabel('Redirect addresses').fill('https://rota.example.org/callback')
    assert.deepEqual(await seriousViolations(page), [])
    await page.getByRole('button', { name: 'Register it' }).click()
    await page.getByRole('button', { name: 'Make its secret' }).click()
    await page.getByText('Enter it in Rota now').waitFor()
    assert.deepEqual(await seriousViolations(page), [])
    assert.deepEqual(visit.complaints, [])
  })

  test('a use of a break-glass account stays an alarm until somebody explains it', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await page.goto(`${fixture.url}/identity/break-glass`)
    await page
      .getByLabel('What was it about?')
      .fill('The provider was down for an hour. We opened the east safe and put the key back.')
    await page.getByRole('button', { name: 'Close the alarm' }).click()
    await page.getByText('Not explained yet').waitFor({ state: 'detached' })
    await page.getByText('We opened the east safe').waitFor()
  })

  test('where one is shows in the navigation, however long it is', async () => {
    await using visit = await visitAs(administrator, { viewport: { width: 1280, height: 480 } })
    const { page } = visit
    await page.goto(`${fixture.url}/data`)
    const entry = page.getByRole('link', { name: 'Data sets' })
    await entry.waitFor()
    const box = await entry.boundingBox()
    assert.ok(box && box.y > 0 && box.y + box.height < 480)
    assert.deepEqual(await seriousViolations(page), [])
  })

  test('a decision that is not there is a problem in full, with its request id', async () => {
    await using visit = await visitAs(administrator)
    const { page } = visit
    await page.goto(`${fixture.url}/visibility/decisions/dec_missing`)
    const alert = page.getByRole('alert')
    await alert.getByText('There is no such decision').waitFor()
    await alert.getByText('req_01jd9zz0fixture').waitFor()
  })

  test('the appearance a person chose outlives the page', async () => {
    await using visit = await visitAs(nurse, { colorScheme: 'light' })
    const { page } = visit
    await page.goto(`${fixture.url}/applications/mine`)
    await page.getByRole('button', { name: /^Account of/ }).click()
    await page.getByText('Dark', { exact: true }).click()
    await page.reload()
    await page.getByRole('heading', { level: 1 }).waitFor()
    assert.equal(await page.evaluate('document.documentElement.dataset.mantineColorScheme'), 'dark')
  })

  interface Visiting extends AsyncDisposable {
    readonly page: Page
    /** What the browser complained about: errors, warnings, refused loads. */
    readonly complaints: string[]
  }

  async function visitAs(
    person: string | undefined,
    options: Parameters<Browser['newContext']>[0] = {},
  ): Promise<Visiting> {
    const context: BrowserContext = await browser.newContext({
      reducedMotion: 'reduce',
      ...options,
    })
    const { hostname } = new URL(fixture.url)
    if (person !== undefined) {
      await context.addCookies([{ name: 'fixture', value: person, domain: hostname, path: '/' }])
    }
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('pageerror', ({ message }) => complaints.push(message))
    page.on('console', (message) => {
      const expected = /status of 401/.test(message.text())
      if (['error', 'warning'].includes(message.type()) && !expected)
        complaints.push(message.text())
    })
    return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
  }

  async function overview(page: Page): Promise<void> {
    await page
      .getByRole('heading', { level: 1, name: 'Northfield Hospital', exact: true })
      .waitFor()
  }

  async function liveDecisions(page: Page): Promise<void> {
    await page.goto(`${fixture.url}/visibility/decisions`)
    await page.getByText('Live', { exact: true }).waitFor()
    await page.locator('a[data-row]').first().waitFor()
  }
})

/** Waits until nothing is loading any more. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' })
}

const focusedRow = `[...document.querySelectorAll('[data-row]')].indexOf(document.activeElement)`

async function seriousViolations(
  page: Page,
  rules?: readonly string[],
): Promise<readonly string[]> {
  // Rows repeat each other, and a hundred of them take many seconds.
  const axe = new AxeBuilder({ page }).exclude('tbody tr:nth-child(n + 5)')
  const { violations } = await (rules ? axe.withRules([...rules]) : axe).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`))
}
