// `countersign applications credential`: what gateways sign in to an application with. The secret
// comes from standard input or is typed unseen; it is never a word of the command line, which other
// users of the machine can read, and it is never shown again.
import { api } from '@countersign/contract/api'
import { Secret } from '@countersign/contract/secret'
import { withControl } from '#control.client'
import type { ExitName } from '#exit'
import { Failure, UsageError } from '#failure'
import { printable } from '#paint'
import { momentText } from '#times'
import type { World } from '#world'

export interface CredentialRequest {
  /** The first word: what to do. */
  readonly verb: string
  readonly application: string
  readonly person: string | undefined
  readonly user: string | undefined
  readonly dataDir: string | undefined
  readonly json: boolean
}

type Answer = { readonly result: object; readonly text: string }

const verbs: Readonly<
  Record<string, (request: CredentialRequest, world: World) => Promise<Answer>>
> = { set, list, remove }

/** Sets, lists or removes. */
export async function credential(request: CredentialRequest, world: World): Promise<ExitName> {
  const verb = Object.hasOwn(verbs, request.verb) ? verbs[request.verb] : undefined
  if (!verb) {
    throw new UsageError(
      `\`${printable(request.verb)}\` is neither \`set\` nor \`list\` nor \`remove\``,
      'countersign applications credential <set|list|remove> <application> [options]',
    )
  }
  const { result, text } = await verb(request, world)
  world.stdout.write(request.json ? `${JSON.stringify(result, undefined, 2)}\n` : `${text}\n`)
  return 'ok'
}

async function set(request: CredentialRequest, world: World): Promise<Answer> {
  const { application, person, user } = request
  const secret = new Secret((await world.readSecret('secret, not shown: ')).replace(/\r?\n$/, ''))
  if (secret.reveal() === '') {
    throw new Failure('usage', 'standard input holds no secret', 'write the secret into it')
  }
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(
      api.applications.setCredential,
      {
        params: { application },
        body: {
          secret: secret.reveal(),
          ...(user === undefined ? {} : { user }),
          ...(person === undefined ? {} : { person }),
        },
      },
      { signal },
    ),
  )
  return { result, text: `The credential of ${whose(application, person)} is set.` }
}

async function list(request: CredentialRequest, world: World): Promise<Answer> {
  const { application } = request
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.applications.credentials, { params: { application } }, { signal }),
  )
  const lines = result.credentials.map(
    ({ person, setAt, setBy }) =>
      `  ${person === undefined ? 'everyone' : printable(person)}, since ${momentText(setAt, world.timeZone)}, by ${printable(setBy)}`,
  )
  return {
    result,
    text: lines.length > 0 ? lines.join('\n') : `\`${printable(application)}\` has no credential.`,
  }
}

async function remove(request: CredentialRequest, world: World): Promise<Answer> {
  const { application, person } = request
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(
      api.applications.removeCredential,
      { params: { application }, query: person === undefined ? {} : { person } },
      { signal },
    ),
  )
  return { result, text: `The credential of ${whose(application, person)} is removed.` }
}

function whose(application: string, person: string | undefined): string {
  return person === undefined
    ? `\`${printable(application)}\``
    : `\`${printable(person)}\` at \`${printable(application)}\``
}
