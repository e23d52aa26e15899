// `countersign identity enrol`: links with which people register their first passkey. A link is
// shown once, to be handed over in another way than by the account it opens.
import { api } from '@countersign/contract/api'
import { withControl } from '#control.client'
import type { ExitName } from '#exit'
import { UsageError } from '#failure'
import { printable } from '#paint'
import { momentText } from '#times'
import type { World } from '#world'

export interface EnrolRequest {
  /** The words after the command: what to do, and with whom or what. */
  readonly words: readonly string[]
  readonly validMinutes: number
  readonly dataDir: string | undefined
  readonly json: boolean
}

type Answer = { readonly result: object; readonly text: string }

const verbs: Readonly<
  Record<string, (request: EnrolRequest, of: string, world: World) => Promise<Answer>>
> = { issue, list, confirm, revoke }

/** Issues, lists, confirms or revokes. */
export async function enrol(request: EnrolRequest, world: World): Promise<ExitName> {
  const [verb = '', of = ''] = request.words
  const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
  if (!run || (verb !== 'list') !== (of !== '')) {
    throw new UsageError(
      `\`${printable(request.words.join(' '))}\` is not \`issue <person>\`, \`list\`, \`confirm <link>\` or \`revoke <link>\``,
      'countersign identity enrol <issue|list|confirm|revoke> [person or link] [options]',
    )
  }
  const { result, text } = await run(request, of, world)
  world.stdout.write(request.json ? `${JSON.stringify(result, undefined, 2)}\n` : `${text}\n`)
  return 'ok'
}

async function issue(request: EnrolRequest, person: string, world: World): Promise<Answer> {
  const { validMinutes } = request
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.identity.enrol, { body: { person, validMinutes } }, { signal }),
  )
  const until = momentText(result.endsAt, world.timeZone)
  const whose = `\`${printable(person)}\` may register a passkey with this, once, until ${until}:`
  const text = [whose, '', `  ${result.url}`]
  if (result.state === 'waiting') {
    text.push(
      '',
      'It waits: another administrator has to confirm it in the console first.',
      `Its id is ${result.id}`,
    )
  }
  return { result, text: text.join('\n') }
}

async function list(request: EnrolRequest, _of: string, world: World): Promise<Answer> {
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.identity.enrolments, {}, { signal }),
  )
  const lines = result.enrolments.map(({ id, person, state, purpose, issuedBy, endsAt }) =>
    [
      `  ${printable(person)}`,
      state === 'waiting' ? 'waits to be confirmed' : 'open',
      purpose === 'recovery' ? 'after a loss' : 'first passkey',
      `until ${momentText(endsAt, world.timeZone)}`,
      `by ${printable(issuedBy)}`,
      id,
    ].join(', '),
  )
  return { result, text: lines.length > 0 ? lines.join('\n') : 'There is no link for enrolling.' }
}

async function confirm(request: EnrolRequest, enrolment: string, world: World): Promise<Answer> {
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.identity.confirmEnrolment, { params: { enrolment }, body: {} }, { signal }),
  )
  return { result, text: `The link for \`${printable(result.person)}\` works now.` }
}

async function revoke(request: EnrolRequest, enrolment: string, world: World): Promise<Answer> {
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.identity.revokeEnrolment, { params: { enrolment } }, { signal }),
  )
  return { result, text: 'The link is worthless now.' }
}
