// `countersign applications sign-on`: lets an application ask us who someone is. A secret is made by
// the server and printed once, on standard output alone, so that it can go into a file or a vault.
import { api } from '@countersign/contract/api'
import {
  clientProofs,
  type OpenIdSignOn,
  openIdSignOn,
  releasableScopes,
} from '@countersign/contract/sign-on'
import { withControl } from '#control.client'
import type { ExitName } from '#exit'
import { UsageError } from '#failure'
import { printable } from '#paint'
import { momentText } from '#times'
import type { World } from '#world'

export interface SignOnRequest {
  /** The first word: what to do. */
  readonly verb: string
  readonly application: string
  readonly redirect: string | undefined
  readonly 'after-sign-out': string | undefined
  readonly 'session-ended': string | undefined
  readonly proof: (typeof clientProofs)[number] | undefined
  readonly keys: string | undefined
  readonly scopes: string | undefined
  readonly refresh: boolean
  readonly device: boolean
  readonly 'require-par': boolean
  readonly 'require-dpop': boolean
  readonly dataDir: string | undefined
  readonly json: boolean
}

type Answer = { readonly result: object; readonly text: string }

const usage =
  'countersign applications sign-on <register|secret|show|remove> <application> [options]'

const verbs: Readonly<Record<string, (request: SignOnRequest, world: World) => Promise<Answer>>> = {
  register,
  secret,
  show,
  remove,
}

/** Registers, shows, removes, or makes a secret. */
export async function signOn(request: SignOnRequest, world: World): Promise<ExitName> {
  const verb = Object.hasOwn(verbs, request.verb) ? verbs[request.verb] : undefined
  if (!verb) {
    throw new UsageError(
      `\`${printable(request.verb)}\` is neither \`register\` nor \`secret\`, \`show\` or \`remove\``,
      usage,
    )
  }
  const { result, text } = await verb(request, world)
  world.stdout.write(request.json ? `${JSON.stringify(result, undefined, 2)}\n` : `${text}\n`)
  return 'ok'
}

async function register(request: SignOnRequest, world: World): Promise<Answer> {
  const body = registrationOf(request)
  const params = { application: request.application }
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.applications.setSignOn, { params, body }, { signal }),
  )
  const id = printable(request.application)
  const next =
    body.proof === 'client_secret_basic'
      ? ` Make its secret with \`countersign applications sign-on secret ${id}\`.`
      : ''
  return { result, text: `\`${id}\` may ask who someone is.${next}` }
}

async function secret({ application, dataDir }: SignOnRequest, world: World): Promise<Answer> {
  const params = { application }
  const result = await withControl(dataDir, world, ({ client }, signal) =>
    client.call(api.applications.issueSecret, { params, body: {} }, { signal }),
  )
  const { clientId, previousEndsAt } = result
  const before =
    previousEndsAt === undefined
      ? ''
      : `\nThe secret before counts until ${momentText(previousEndsAt, world.timeZone)}.`
  return {
    result,
    text: `client id      ${printable(clientId)}\nclient secret  ${result.secret}\n\nThe secret is not shown again.${before}`,
  }
}

async function show({ application, dataDir }: SignOnRequest, world: World): Promise<Answer> {
  const result = await withControl(dataDir, world, ({ client }, signal) =>
    client.call(api.applications.signOn, { params: { application } }, { signal }),
  )
  const { openid, secrets, signedOn } = result
  const registered = result.signOn
  const rows = [
    ['kind', registered?.kind ?? 'not registered'],
    ...(registered?.kind === 'oidc' ? rowsOf(registered) : []),
    ['issuer', openid.issuer],
    ['discovery', openid.discovery],
    ['client id', openid.clientId],
    ...secrets.map(({ issuedAt, endsAt }) => [
      'secret',
      `since ${momentText(issuedAt, world.timeZone)}${endsAt === undefined ? '' : `, until ${momentText(endsAt, world.timeZone)}`}`,
    ]),
    ['signed on', `${signedOn}`],
  ] as const
  const lines = rows.map(([name = '', value = '']) => `  ${name.padEnd(16)}${printable(value)}`)
  return { result, text: lines.join('\n') }
}

async function remove({ application, dataDir }: SignOnRequest, world: World): Promise<Answer> {
  const result = await withControl(dataDir, world, ({ client }, signal) =>
    client.call(api.applications.removeSignOn, { params: { application } }, { signal }),
  )
  return { result, text: `\`${printable(application)}\` may ask no longer who someone is.` }
}

function registrationOf(request: SignOnRequest): OpenIdSignOn {
  const { redirect, keys, scopes } = request
  const ended = request['session-ended']
  const read = openIdSignOn.safeParse({
    kind: 'oidc',
    redirectUris: list(redirect),
    postLogoutRedirectUris: list(request['after-sign-out']),
    ...(ended === undefined ? {} : { backchannelLogoutUri: ended }),
    proof: request.proof ?? (keys === undefined ? 'client_secret_basic' : 'private_key_jwt'),
    ...(keys === undefined ? {} : { jwksUri: keys }),
    scopes: scopes === undefined ? [...releasableScopes] : list(scopes),
    refresh: request.refresh,
    deviceFlow: request.device,
    requirePar: request['require-par'],
    requireDpop: request['require-dpop'],
  })
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new UsageError(
    `\`${printable(issue?.path.join('.') ?? '')}\`: ${printable(issue?.message ?? '')}`,
    usage,
  )
}

function rowsOf({
  redirectUris,
  proof,
  scopes,
}: OpenIdSignOn): readonly (readonly [string, string])[] {
  return [
    ...redirectUris.map((uri) => ['redirect', uri] as const),
    ['proof', proof],
    ['scopes', ['openid', ...scopes].join(' ')],
  ]
}

const list = (text: string | undefined): string[] =>
  (text ?? '').split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]))
