// A refusal that the owner of a group could turn has a place to ask; what is asked goes to the
// console, which shows it once more before it counts.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { laptop, person, World } from '#world.fake'

const browser = { accept: 'text/html,*/*;q=0.8', 'sec-fetch-mode': 'navigate' }

describe('the page of a refusal', () => {
  let world: World
  before(async () => {
    world = await World.begin()
    await world.plane.put(
      person('olga', 'Olga "O" <Nordmann>', []),
      { kind: 'group', document: { id: 'staff', name: 'Staff & all', groups: [], owner: 'olga' } },
      laptop('laptop-bob', true, Date.now()),
    )
    await world.settle()
  })
  after(() => world.end())

  const page = async (who: string, host: string) => {
    const { cookie } = await world.signIn(who, host, { device: 'laptop-bob' })
    const response = await world.request(host, '/', { headers: { cookie, ...browser } })
    return { response, text: await response.body.text() }
  }

  it('asks the owner of a group that was found to turn it, at the console', async () => {
    const { response, text } = await page('bob', 'payroll.localhost')
    assert.equal(response.statusCode, 403)
    const decision = String(response.headers['countersign-decision'])
    assert.match(text, /Ask Olga &quot;O&quot; &lt;Nordmann&gt; for access/)
    assert.match(
      text,
      /<form class="ask" method="get" action="http:\/\/countersign\.localhost:7400\/identity\/requests">/,
    )
    assert.match(text, new RegExp(`<input type="hidden" name="decision" value="${decision}">`))
    assert.match(text, /<input type="hidden" name="group" value="staff">/)
    assert.match(text, /<textarea id="reason0" name="reason" rows="2" maxlength="1000" required>/)
    assert.match(
      String(response.headers['content-security-policy']),
      /form-action http:\/\/countersign\.localhost:7400;/,
    )
  })

  it('asks nobody where nobody could help, nor for whoever is not signed in', async () => {
    const { response, text } = await page('olga', 'payroll.localhost')
    assert.doesNotMatch(text, /<form/)
    assert.match(String(response.headers['content-security-policy']), /form-action 'none'/)
    const anonymous = await world.request('payroll.localhost', '/', {
      method: 'POST',
      headers: browser,
    })
    assert.doesNotMatch(await anonymous.body.text(), /class="ask"/)
  })
})
