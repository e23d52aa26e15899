// Policies for tests, as the control plane would release them: Cedar's JSON beside the text.
import { createHash } from 'node:crypto'
import { canonicalJson } from '@countersign/contract/canonical'
import type { Release } from '@countersign/contract/documents'
import type { EstClause, EstExpr, EstPolicy, PolicySyntax } from '@countersign/policy/syntax'

const context: EstExpr = { Var: 'context' }
const get = (left: EstExpr, attr: string): EstExpr => ({ '.': { left, attr } })
const has = (left: EstExpr, attr: string): EstExpr => ({ has: { left, attr } })
const and = (left: EstExpr, right: EstExpr): EstExpr => ({ '&&': { left, right } })
const when = (body: EstExpr): EstClause => ({ kind: 'when', body })

const everyAction = { op: 'All' } as const
const staff = { op: 'in', entity: { type: 'Group', id: 'staff' } } as const
const application = (id: string) => ({ op: '==', entity: { type: 'Application', id } }) as const

const encryptedDisk = and(
  and(has(context, 'device'), has(get(context, 'device'), 'diskEncryption')),
  get(get(get(context, 'device'), 'diskEncryption'), 'value'),
)

/** Staff may use Payroll from an encrypted disk; the wiki is for everyone who signed in. */
export const policies: readonly PolicySyntax[] = [
  syntax(
    'payroll-staff',
    `@title("Staff use Payroll from encrypted devices")
@description("Payroll data may lie on a lost laptop.")
@owner("Ola Nordmann")
permit(principal in Group::"staff", action, resource == Application::"payroll")
when { context has device && context.device has diskEncryption && context.device.diskEncryption.value };`,
    { title: 'Staff use Payroll from encrypted devices', owner: 'Ola Nordmann' },
    {
      effect: 'permit',
      principal: staff,
      action: everyAction,
      resource: application('payroll'),
      conditions: [when(encryptedDisk)],
    },
  ),
  syntax(
    'shell-everyone',
    `permit(principal is Person, action == Action::"connect", resource == Application::"shell");`,
    { title: 'The shell is for everyone' },
    {
      effect: 'permit',
      principal: { op: 'is', entity_type: 'Person' },
      action: { op: '==', entity: { type: 'Action', id: 'connect' } },
      resource: application('shell'),
      conditions: [],
    },
  ),
  syntax(
    'database-staff',
    `permit(principal in Group::"staff", action == Action::"connect", resource == Application::"database")
when { context has device && context.device has diskEncryption && context.device.diskEncryption.value };`,
    { title: 'Staff reach the database from encrypted devices' },
    {
      effect: 'permit',
      principal: staff,
      action: { op: '==', entity: { type: 'Action', id: 'connect' } },
      resource: application('database'),
      conditions: [when(encryptedDisk)],
    },
  ),
  syntax(
    'open-tunnel',
    `permit(principal, action, resource == Application::"open-tunnel");`,
    {},
    {
      effect: 'permit',
      principal: { op: 'All' },
      action: everyAction,
      resource: application('open-tunnel'),
      conditions: [],
    },
  ),
  syntax(
    'wiki-everyone',
    `permit(principal is Person, action, resource == Application::"wiki");`,
    { title: 'The wiki is for everyone' },
    {
      effect: 'permit',
      principal: { op: 'is', entity_type: 'Person' },
      action: everyAction,
      resource: application('wiki'),
      conditions: [],
    },
  ),
  syntax(
    'api-open',
    `permit(principal, action, resource == Application::"open");`,
    {},
    {
      effect: 'permit',
      principal: { op: 'All' },
      action: everyAction,
      resource: application('open'),
      conditions: [],
    },
  ),
  syntax(
    'vault-strong',
    `permit(principal is Person, action, resource == Application::"vault")
when { context has authentication && context.authentication.phishingResistant };`,
    { title: 'The vault asks for a passkey' },
    {
      effect: 'permit',
      principal: { op: 'is', entity_type: 'Person' },
      action: everyAction,
      resource: application('vault'),
      conditions: [
        when(
          and(
            has(context, 'authentication'),
            get(get(context, 'authentication'), 'phishingResistant'),
          ),
        ),
      ],
    },
  ),
  syntax(
    'own-everyone',
    `permit(principal, action, resource == Application::"countersign");`,
    {},
    {
      effect: 'permit',
      principal: { op: 'All' },
      action: everyAction,
      resource: application('countersign'),
      conditions: [],
    },
  ),
  syntax(
    'no-partners',
    `@title("Partners stay out of the ledger")
forbid(principal, action, resource == Application::"ledger");`,
    { title: 'Partners stay out of the ledger' },
    {
      effect: 'forbid',
      principal: { op: 'All' },
      action: everyAction,
      resource: application('ledger'),
      conditions: [],
    },
  ),
]

/** A release of these policies. */
export function releaseOf(given: readonly PolicySyntax[], number = 1): Release {
  const unsigned = {
    id: 'current',
    number,
    createdAt: 1,
    author: 'Person::"ada"',
    policies: [...given],
  }
  const digest = createHash('sha256').update(canonicalJson(unsigned)).digest('hex')
  return { ...unsigned, digest }
}

function syntax(
  id: string,
  text: string,
  annotations: Readonly<Record<string, string>>,
  est: EstPolicy,
): PolicySyntax {
  return {
    id,
    text,
    annotations: { id, ...annotations },
    est,
    span: { line: 1, column: 1, offset: 0, length: text.length },
    stage: { kind: 'enforce' },
  }
}
