import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { payroll, policyFolder } from '../../fakes/policy-folder.ts'

const tests = `entities: ./entities.json
facts: { minutes: 5, device: { encrypted: true } }
changes:
  - { id: sign in again, kind: authentication, context: { minutes: 0 } }
cases:
  - name: finance reads the payroll
    when: { principal: 'User::"ann"', action: 'Action::"read"', resource: 'App::"payroll"' }
    expect: { verdict: allow, reasons: [finance-reads-payroll] }
  - name: after an hour they sign in again
    when:
      principal: User::"ann"
      action: Action::"read"
      resource: App::"payroll"
      facts: { minutes: 95 }
    expect: { verdict: step-up, remedies: [[sign in again]] }
  - name: a contractor is kept out
    when: { principal: 'User::"bob"', action: 'Action::"read"', resource: 'App::"payroll"' }
    expect: { verdict: deny, reasons: [no-contractors] }
`

describe('`policies test`', () => {
  test('passes, and says what the tests never exercised', async () => {
    await using folder = await policyFolder({ ...payroll, 'payroll.test.yaml': tests })
    const { code, stdout, stderr } = await folder.run('test')
    assert.equal(stderr, '')
    assert.equal(
      stdout,
      `payroll.test.yaml  3 passed

Never exercised
  payroll.cedar:10:32  \`finance-reads-payroll\`  never false  context.device.encrypted

coverage 87%: 7 of 8 sides of policies and terms
passed: 3 tests
`,
    )
    assert.equal(code, 0)
  })

  test('a failing case says expected, found, what decided and the first failing term', async () => {
    await using folder = await policyFolder({
      ...payroll,
      'payroll.test.yaml': `${tests}  - name: strangers may read
    when: { principal: 'User::"cyd"', action: 'Action::"read"', resource: 'App::"payroll"', facts: { minutes: 70 } }
    expect: { verdict: allow }
  - name: contractors may read
    when: { principal: 'User::"bob"', action: 'Action::"read"', resource: 'App::"payroll"', facts: { minutes: 70 } }
    expect: { verdict: allow }
`,
    })
    const { code, stdout } = await folder.run('test')
    assert.equal(code, 8)
    assert.match(stdout, /^payroll\.test\.yaml {2}2 of 5 failed\n/)
    assert.ok(
      stdout.includes(`failed: strangers may read  payroll.test.yaml:19
  expected verdict "allow", found "deny"
  No permit matched, so the answer is deny.
  \`no-contractors\` would forbid it, but this does not hold:  payroll.cedar:20:8
      principal.contractor
      seen: principal.contractor = false
  \`finance-reads-payroll\` permits it to others only:  payroll.cedar:2:1
      principal in Group::"finance"
      seen: principal = User::"cyd"
`),
      stdout,
    )
    assert.ok(
      stdout.includes(`failed: contractors may read  payroll.test.yaml:22
  expected verdict "allow", found "deny"
  A forbid matched: \`no-contractors\`.
  \`no-contractors\` forbids it  payroll.cedar:12:1
  \`finance-reads-payroll\` would permit it, but this does not hold:  payroll.cedar:10:8
      context.minutes < 60
      seen: context.minutes = 70
`),
      stdout,
    )
  })

  test('too little coverage fails, and the files for a pipeline are written all the same', async () => {
    await using folder = await policyFolder({ ...payroll, 'payroll.test.yaml': tests })
    const { code, stdout } = await folder.run(
      'test',
      '--min-coverage',
      '88',
      '--junit',
      'out.xml',
      '--coverage',
      'coverage.json',
    )
    assert.equal(code, 8)
    assert.match(stdout, /coverage 87%: .*; at least 88% is asked for/)
    assert.match(
      await folder.read('out.xml'),
      /<testsuite name="payroll\.test\.yaml" tests="3" failures="0">/,
    )
    const coverage = JSON.parse(await folder.read('coverage.json')) as {
      percent: number
      missing: { what: string; line: number }[]
    }
    assert.equal(coverage.percent, 87)
    assert.deepEqual(
      coverage.missing.map(({ what, line }) => [what, line]),
      [['never false', 10]],
    )
    assert.equal((await folder.run('test', '--min-coverage', '87')).code, 0)
  })

  test('a test alone is about the policies beside it, or about those it names', async () => {
    await using folder = await policyFolder({
      ...payroll,
      'payroll.test.yaml': tests,
      'elsewhere/far.test.yaml': `policies: ..\nschema: ../app.cedarschema\n${tests.replace('./entities', '../entities')}`,
    })
    assert.match((await folder.run('test', 'payroll.test.yaml')).stdout, /passed: 3 tests/)
    assert.match((await folder.run('test', 'elsewhere')).stdout, /passed: 3 tests/)
    assert.match((await folder.run('test')).stdout, /coverage 87%.*\npassed: 6 tests/)
  })

  test('entities may stand in the test, beside those of a file', async () => {
    const own = `entities:
  - ./entities.json
  - { uid: 'User::"dee"', attrs: { contractor: true }, parents: ['Group::"finance"'] }
facts: { minutes: 5, device: { encrypted: true } }
cases:
  - when: { principal: 'User::"dee"', action: 'Action::"read"', resource: 'App::"payroll"' }
    expect: { verdict: deny }
`
    await using folder = await policyFolder({ ...payroll, 'own.test.yaml': own })
    assert.equal((await folder.run('test')).code, 0)
    await folder.write({ 'own.test.yaml': own.replace('contractor: true', 'contractor: 5') })
    const { code, stderr } = await folder.run('test')
    assert.equal(code, 8)
    assert.match(stderr, /^own\.test\.yaml:3:48: error: expected bool, found long/)
  })

  test('JSON is as good as YAML, and an integer keeps its digits in both', async () => {
    const cases = {
      cases: [
        {
          name: 'n',
          when: { principal: 'A::"a"', action: 'Action::"a"', resource: 'A::"a"', facts: { n: 0 } },
          expect: { verdict: 'allow' },
        },
      ],
    }
    const json = JSON.stringify(cases).replace('"n":0', '"n":9007199254740993')
    await using folder = await policyFolder({
      'a.cedar': 'permit (principal, action, resource) when { context.n == 9007199254740993 };',
      'a.test.json': json,
      'b.test.yaml': json,
    })
    const { code, stdout } = await folder.run('test')
    assert.equal(code, 0, stdout)
    assert.match(stdout, /passed: 2 tests/)
  })

  test('a fact that the schema wants and the test lacks fails that test alone', async () => {
    await using folder = await policyFolder({
      ...payroll,
      'payroll.test.yaml': `entities: ./entities.json
cases:
  - name: no facts
    when: { principal: 'User::"ann"', action: 'Action::"read"', resource: 'App::"payroll"' }
    expect: { verdict: deny }
`,
    })
    const { code, stdout } = await folder.run('test')
    assert.equal(code, 8)
    assert.match(stdout, /the question is refused: .*`(?:device|minutes)`.*missing/)
  })

  test('a long run shows what it does on a terminal, and nowhere else', async () => {
    await using folder = await policyFolder({ ...payroll, 'payroll.test.yaml': tests })
    let written = ''
    const write = (text: string): void => {
      written += text
    }
    const paint = (_tone: string, text: string): string => text
    await folder.runIn({ stderr: { write, paint, isTerminal: true } }, 'test')
    assert.match(written, /running payroll\.test\.yaml/)
    assert.ok(written.endsWith('\r\u001b[2K'), 'the line is taken away at the end')
  })
})

describe('a test file with a mistake', () => {
  const when = `when: { principal: 'User::"ann"', action: 'Action::"read"', resource: 'App::"payroll"' }`
  const one = `cases:\n  - ${when}\n    expect: { verdict: deny }\n`
  const mistakes = [
    [
      'an unknown key has a nearest known one',
      `cases:\n  - ${when}\n    expct: { verdict: allow }`,
      /^t\.test\.yaml:3:5: error: `expct` is no key here.*\[test\.unknown-word\]\n.*\n.*\n {2}help: did you mean `expect`\?/m,
    ],
    [
      'an unknown verdict',
      `cases:\n  - ${when}\n    expect: { verdict: alow }`,
      /^t\.test\.yaml:3:24: error: `alow` is not one of .*\n.*\n.*\n {2}help: did you mean `allow`\?/m,
    ],
    [
      'a change of the wrong shape',
      `changes:\n  - { id: a, kind: time, context: [1] }\ncases: []`,
      /^t\.test\.yaml:2:35: error: expected a mapping/m,
    ],
    [
      '`yes` is no boolean',
      'facts: { a: yes }\ncases: []',
      /^t\.test\.yaml:1:13: error: `yes` is a text in YAML 1\.2.*\[data\.yaml-word\]/,
    ],
    [
      'a fraction',
      'facts: { a: 1.0 }\ncases: []',
      /^t\.test\.yaml:1:13: error: `1\.0` is not an integer/,
    ],
    [
      'a leading zero',
      'facts: { a: 010 }\ncases: []',
      /^t\.test\.yaml:1:13: error: `010` is 10 in YAML 1\.2/,
    ],
    [
      'a key given twice',
      'cases: []\ncases: []',
      /^t\.test\.yaml:2:1: error: map keys must be unique/,
    ],
    ['an open bracket', 'cases: [', /^t\.test\.yaml:1:\d+: error: /],
    [
      'aliases that multiply',
      `a: &a [${'1,'.repeat(20)}]\nb: &b [${'*a,'.repeat(20)}]\nc: &c [${'*b,'.repeat(20)}]\nd: &d [${'*c,'.repeat(20)}]\ncases: [*d]`,
      /the aliases repeat more than 1000 parts/,
    ],
    ['an alias of itself', 'cases: &a [*a]', /^t\.test\.yaml.*error: /],
    [
      'brackets without end',
      `cases: ${'['.repeat(50_000)}`,
      /^t\.test\.yaml:1:136: error: the data nests deeper than 128 levels/,
    ],
    [
      'two documents',
      'cases: []\n---\ncases: []',
      /^t\.test\.yaml:2:1: error: a second document begins here/,
    ],
    [
      'a tag that nobody knows',
      'facts: { a: !secret x }\ncases: []',
      /^t\.test\.yaml:1:13: error: unresolved tag/,
    ],
    ['nothing at all', '', /^t\.test\.yaml:1:1: error: expected a mapping/],
    [
      'a file that is not there',
      `entities: ./nobody.json\n${one}`,
      /^t\.test\.yaml:1:11: error: there is no `nobody\.json` \[test\.file\]/,
    ],
    [
      'a schema that is not there',
      `schema: ./no.cedarschema\n${one}`,
      /^t\.test\.yaml:1:9: error: there is no `no\.cedarschema`/,
    ],
    ['no case at all', 'cases: []', /^t\.test\.yaml:1:8: error: there are no cases/],
  ] as const

  for (const [name, text, expected] of mistakes) {
    test(`${name} is said at its place`, async () => {
      await using folder = await policyFolder({ ...payroll, 't.test.yaml': text })
      const { code, stderr, stdout } = await folder.run('test')
      assert.equal(stdout, '')
      assert.match(stderr, expected)
      assert.equal(code, 8)
    })
  }

  test('no tests are named as such', async () => {
    await using folder = await policyFolder(payroll)
    const { code, stderr } = await folder.run('test')
    assert.equal(code, 5)
    assert.match(stderr, /there are no tests in `\.`/)
  })
})
