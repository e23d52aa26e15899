// `countersign identity provider`: through which identity providers elsewhere people sign in. A client
// secret comes from standard input or is typed unseen, and is never shown again.
import { api } from '@countersign/contract/api'
import {
  identityProviderDraft,
  type IdentityProvider,
} from '@countersign/contract/identity-provider'
import type { RouteResult } from '@countersign/contract/route'
import { Secret } from '@countersign/contract/secret'
import { withControl } from '#control.client'
import type { ExitName } from '#exit'
import { Failure, UsageError } from '#failure'
import { printable } from '#paint'
import { momentText } from '#times'
import type { World } from '#world'
import { providerSettings } from './provider-settings.file.ts'

export interface ProviderRequest {
  /** What to do, and to which. */
  readonly words: readonly string[]
  readonly from: string | undefined
  readonly name: string | undefined
  readonly issuer: string | undefined
  readonly clientId: string | undefined
  readonly clientAuthentication: string | undefined
  readonly domains: string | undefined
  readonly contact: string | undefined
  readonly newKey: boolean
  readonly keepSecret: boolean
  readonly dataDir: string | undefined
  readonly json: boolean
}

type View = RouteResult<typeof api.identity.putProvider>
interface Answer {
  readonly result: object
  readonly text: string
  readonly exit?: ExitName
}
type Verb = (request: ProviderRequest, id: string, world: World) => Promise<Answer>

const verbs: Readonly<Record<string, Verb>> = { add, list, show, check, remove }
const usage = 'countersign identity provider <add|list|show|check|remove> [id] [options]'

export async function provider(request: ProviderRequest, world: World): Promise<ExitName> {
  const [name = '', id = '', ...rest] = request.words
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (!verb) {
    throw new UsageError(
      `\`${printable(name)}\` is none of \`add\`, \`list\`, \`show\`, \`check\` and \`remove\``,
      usage,
    )
  }
  if (rest.length > 0 || (id === '') !== (verb === list)) {
    throw new UsageError(
      verb === list ? '`list` takes no id' : `\`${name}\` takes the id of one provider`,
      usage,
    )
  }
  const { result, text, exit = 'ok' } = await verb(request, id, world)
  world.stdout.write(request.json ? `${JSON.stringify(result, undefined, 2)}\n` : `${text}\n`)
  return exit
}

async function add(request: ProviderRequest, id: string, world: World): Promise<Answer> {
  const draft = await draftOf(request, id, world)
  const takesSecret = draft.kind === 'oidc' && draft.oidc.clientAuthentication.startsWith('secret-')
  const clientSecret =
    takesSecret && !request.keepSecret
      ? new Secret((await world.readSecret('client secret, not shown: ')).replace(/\r?\n$/, ''))
      : undefined
  if (clientSecret?.reveal() === '') {
    throw new Failure(
      'usage',
      'standard input holds no client secret',
      'write it there, or keep the one there is with `--keep-secret`',
    )
  }
  const view = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(
      api.identity.putProvider,
      {
        params: { provider: id },
        body: {
          provider: draft,
          ...(clientSecret === undefined ? {} : { clientSecret: clientSecret.reveal() }),
          ...(request.newKey ? { newKey: true } : {}),
        },
      },
      { signal },
    ),
  )
  return { result: view, text: `The identity provider \`${id}\` is set.\n${page(view, world)}` }
}

async function draftOf(
  request: ProviderRequest,
  id: string,
  world: World,
): Promise<IdentityProvider> {
  const { from, name, issuer, clientId, clientAuthentication, domains, contact } = request
  const written = from === undefined ? {} : await providerSettings(world.directory, from)
  const { oidc } = written
  const said = Object.entries({ issuer, clientId, clientAuthentication }).filter(
    ([, value]) => value !== undefined,
  )
  const parsed = identityProviderDraft.safeParse({
    kind: 'oidc',
    enabled: true,
    name: id,
    ...written,
    id,
    ...(name === undefined ? {} : { name }),
    ...(contact === undefined ? {} : { contact }),
    ...(domains === undefined ? {} : { domains: domains.split(',').map((it) => it.trim()) }),
    ...(said.length === 0
      ? {}
      : {
          oidc: {
            clientAuthentication: 'secret-basic',
            ...(typeof oidc === 'object' ? oidc : {}),
            ...Object.fromEntries(said),
          },
        }),
  })
  if (parsed.success) return parsed.data
  const [first] = parsed.error.issues
  throw new UsageError(
    `\`${first?.path.join('.') ?? ''}\` of the provider: ${first?.message ?? 'not valid'}`,
    usage,
  )
}

async function providersOf(
  { dataDir }: ProviderRequest,
  world: World,
): Promise<RouteResult<typeof api.identity.providers>> {
  return withControl(dataDir, world, ({ client }, signal) =>
    client.call(api.identity.providers, {}, { signal }),
  )
}

async function list(request: ProviderRequest, _: string, world: World): Promise<Answer> {
  const result = await providersOf(request, world)
  const lines = result.providers.map(
    ({ provider: { id, name, kind, enabled, domains }, links }) => {
      const state = enabled ? '' : ', switched off'
      return `  ${id}  ${printable(name)}  ${kind}${state}; ${domains.join(', ') || 'no domain'}; ${links} linked`
    },
  )
  return {
    result,
    text: lines.length > 0 ? lines.join('\n') : 'People sign in here and nowhere else.',
  }
}

async function show(request: ProviderRequest, id: string, world: World): Promise<Answer> {
  const { providers } = await providersOf(request, world)
  const view = providers.find((it) => it.provider.id === id)
  if (!view) {
    throw new Failure(
      'notFound',
      `no identity provider has the id \`${printable(id)}\``,
      'look which there are with `countersign identity provider list`',
    )
  }
  return { result: view, text: page(view, world) }
}

async function check(request: ProviderRequest, id: string, world: World): Promise<Answer> {
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.identity.checkProvider, { params: { provider: id }, body: {} }, { signal }),
  )
  const lines = result.findings.map(({ severity, text }) => `  ${severity}: ${printable(text)}`)
  return {
    result,
    text: [result.isUsable ? 'It can be used.' : 'It cannot be used.', ...lines].join('\n'),
    ...(result.isUsable ? {} : { exit: 'findings' as const }),
  }
}

async function remove(request: ProviderRequest, id: string, world: World): Promise<Answer> {
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.identity.removeProvider, { params: { provider: id } }, { signal }),
  )
  const { endedSessions } = result
  const ended = `${endedSessions} ${endedSessions === 1 ? 'session' : 'sessions'} ended`
  return { result, text: `The identity provider \`${id}\` is removed; ${ended}.` }
}

/** Everything about one provider, with what to register there. */
function page(
  { provider: it, missing, addresses, publicKey, secretSetAt, links }: View,
  world: World,
): string {
  return [
    `${printable(it.name)} (${it.id}, ${it.kind}${it.enabled ? '' : ', switched off'})`,
    it.kind === 'oidc'
      ? `  ${printable(it.oidc.issuer)}, client ${printable(it.oidc.clientId)}`
      : `  ${printable(it.saml.entityId)}`,
    `  speaks for ${it.domains.join(', ') || 'no domain'}; ${links} linked`,
    ...it.trust.map(
      ({ when, is, method, phishingResistant }) =>
        `  ${when} \`${printable(is)}\` is worth ${method}${phishingResistant ? ', which cannot be phished' : ''}`,
    ),
    '  register there:',
    ...Object.entries(addresses).map(([what, address]) => `    ${what}: ${printable(address)}`),
    ...(publicKey === undefined ? [] : [`    our key: ${JSON.stringify(publicKey)}`]),
    ...(secretSetAt === undefined
      ? []
      : [`  what we show it was set ${momentText(secretSetAt, world.timeZone)}`]),
    ...missing.map((what) => `  missing: ${what}`),
  ].join('\n')
}
