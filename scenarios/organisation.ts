// A tiny organisation: three applications, one group, and policies that allow, refuse and ask for
// more.
import type { ImportLine } from '@countersign/contract/api/automation'

/** Where the applications are, by host. */
export const hosts = {
  wiki: 'wiki.localhost',
  payroll: 'payroll.localhost',
  vault: 'vault.localhost',
} as const

/** The documents to import. Every application is served from `upstream`. */
export function organisation(upstream: string): ImportLine[] {
  return [
    { kind: 'group', document: { id: 'hr', name: 'Human resources', groups: [] } },
    { kind: 'group', document: { id: 'personas', name: 'Personas', groups: [] } },
    person('ben', 'Ben Osei', ['personas']),
    application('wiki', 'Wiki', upstream),
    application('payroll', 'Payroll', upstream),
    application('vault', 'Vault', upstream),
  ]
}

/** Someone who works here. */
export function person(id: string, name: string, groups: string[]): ImportLine {
  return { kind: 'person', document: { id, name, class: 'employee', active: true, groups } }
}

function application(id: keyof typeof hosts, name: string, upstream: string): ImportLine {
  return {
    kind: 'application',
    document: { id, name, tier: 2, hosts: [hosts[id]], upstream, kind: 'web', groups: [] },
  }
}

export const policies = [
  {
    name: 'applications.cedar',
    text: `
@id("wiki-everyone")
@title("Everyone here may use the wiki")
permit (principal is Person, action == Action::"access", resource == Application::"wiki")
when { principal.active };

@id("payroll-hr")
@title("Human resources may use payroll")
permit (principal is Person in Group::"hr", action == Action::"access", resource == Application::"payroll");

@id("vault-passkey")
@title("The vault opens to a passkey")
permit (principal is Person, action == Action::"access", resource == Application::"vault")
when { context has authentication && context.authentication.phishingResistant };
`,
  },
] as const
