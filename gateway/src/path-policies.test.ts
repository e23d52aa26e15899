// Policies about paths and methods: what each way to write one covers, and that no way to write a
// request gets around it. A policy sees the canonical path, without the query.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AnyDocument } from '@countersign/contract/documents'
import { Estate } from '@countersign/contract/estate'
import type { EstExpr } from '@countersign/policy/syntax'
import { releaseOf } from './policies.fake.ts'
import { canonicalise } from '#wire/canonical'
import { application } from './world.fake.ts'

type Pattern = readonly (string | null)[]

const request = (attr: string): EstExpr => ({
  '.': { left: { '.': { left: { Var: 'context' }, attr: 'request' } }, attr },
})
const is = (attr: string, value: string): EstExpr => ({
  '==': { left: request(attr), right: { Value: value } },
})
/** `null` stands for `*`. */
const like = (pattern: Pattern): EstExpr => ({
  like: {
    left: request('path'),
    pattern: pattern.flatMap((part): (string | { readonly Literal: string })[] =>
      part === null ? ['Wildcard'] : part.split('').map((Literal) => ({ Literal })),
    ),
  },
})
const or = (left: EstExpr, right: EstExpr): EstExpr => ({ '||': { left, right } })

/** Everything is permitted but what this forbids. */
function forbidding(condition: EstExpr): Estate {
  const policy = (id: string, effect: 'permit' | 'forbid', conditions: readonly EstExpr[]) => ({
    id,
    text: `${effect} (principal, action, resource);`,
    annotations: {},
    est: {
      effect,
      principal: { op: 'All' },
      action: { op: 'All' },
      resource: { op: 'All' },
      conditions: conditions.map((body) => ({ kind: 'when', body }) as const),
    } as const,
    span: { line: 1, column: 1, offset: 0, length: 1 },
    stage: { kind: 'enforce' } as const,
  })
  const release: AnyDocument = {
    kind: 'release',
    document: releaseOf([policy('all', 'permit', []), policy('not', 'forbid', [condition])]),
  }
  return Estate.from({
    sequence: 1,
    at: 1,
    documents: [application('wiki', 'http://127.0.0.1:1'), release],
  })
}

/** How a request ends: refused as ambiguous, or by the verdict. */
function answer(estate: Estate, target: string, method = 'GET'): string {
  const canonical = canonicalise(target)
  if (canonical.kind === 'ambiguous') return '400'
  return estate.judge({
    subject: { kind: 'anonymous' },
    action: 'access',
    resource: { type: 'Application', id: 'wiki' },
    circumstances: {
      protocol: 'http',
      method,
      host: 'wiki.localhost',
      path: canonical.target.path,
      address: '192.0.2.1',
    },
    now: 1,
  }).verdict
}

describe('a policy on `/admin` and all below it: `== "/admin" || like "/admin/*"`', () => {
  const estate = forbidding(or(is('path', '/admin'), like(['/admin/', null])))
  const covered = ['/admin', '/admin/', '/admin/users', '/admin?x=1', '/admin/a?b=/c']
  const spelled = ['/%61dmin', '/%61%64min/x', '/admin/%41']
  for (const target of [...covered, ...spelled]) {
    it(`covers \`${target}\``, () => assert.equal(answer(estate, target), 'deny'))
  }
  for (const target of ['/', '/administrator', '/public/admin', '/?/admin/', '/admin.html']) {
    it(`leaves \`${target}\` alone`, () => assert.equal(answer(estate, target), 'allow'))
  }
  const evasions =
    '//admin /./admin /x/../admin /admin/.. /%2e/admin /x/%2e%2e/admin /%2fadmin /admin%2fusers ' +
    '\\admin /admin;x /admin%3bx /admin%00 /%2561dmin /admin#x /admin%23 /%c0%afadmin /admin\\ admin'
  for (const target of evasions.split(' ')) {
    it(`is not walked around by \`${target}\`, which is no path`, () => {
      assert.equal(answer(estate, target), '400')
    })
  }
})

describe('a policy that looks like it covers `/admin`, and does not', () => {
  it('`like "/admin/*"` alone leaves out `/admin` itself', () => {
    const estate = forbidding(like(['/admin/', null]))
    assert.equal(answer(estate, '/admin'), 'allow')
    assert.equal(answer(estate, '/admin/'), 'deny')
  })

  it('`like "/admin*"` covers `/administrator` too', () => {
    const estate = forbidding(like(['/admin', null]))
    assert.equal(answer(estate, '/administrator'), 'deny')
  })

  it('no pattern sees another case: an application that ignores case needs the others forbidden', () => {
    const estate = forbidding(or(is('path', '/admin'), like(['/admin/', null])))
    assert.equal(answer(estate, '/Admin'), 'allow')
  })

  it('a pattern with an escape in it never matches what need not be escaped', () => {
    const estate = forbidding(is('path', '/%61dmin'))
    assert.equal(answer(estate, '/%61dmin'), 'allow')
  })

  it('a pattern with text that must be escaped has to be written as the canonical escape', () => {
    assert.equal(answer(forbidding(is('path', '/a b')), '/a%20b'), 'allow')
    assert.equal(answer(forbidding(is('path', '/a%20b')), '/a%20b'), 'deny')
    assert.equal(answer(forbidding(is('path', '/%C3%A9')), '/%c3%a9'), 'deny')
  })

  it('a query is no part of the path, so no pattern sees it', () => {
    assert.equal(answer(forbidding(like([null, 'debug', null])), '/?debug=1'), 'allow')
  })

  it('`method == "GET"` leaves out `HEAD`, which reads the same', () => {
    const estate = forbidding(is('method', 'GET'))
    assert.equal(answer(estate, '/'), 'deny')
    assert.equal(answer(estate, '/', 'HEAD'), 'allow')
  })

  it('methods are compared as they are written: `get` is another method (RFC 9110 §9.1)', () => {
    assert.equal(answer(forbidding(is('method', 'POST')), '/', 'post'), 'allow')
  })
})
