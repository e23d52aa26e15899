// `countersign identity sessions`: who is signed in where, and ending that.
import { api } from '@countersign/contract/api'
import type { SessionView } from '@countersign/contract/api/sessions'
import { withControl } from '#control.client'
import type { ExitName } from '#exit'
import { UsageError } from '#failure'
import { printable } from '#paint'
import { agoText } from '#times'
import type { World } from '#world'

export interface SessionsRequest {
  /** The words after the command: what to do, and with what. */
  readonly words: readonly string[]
  readonly person: string | undefined
  readonly contested: boolean
  readonly reason: string | undefined
  readonly dataDir: string | undefined
  readonly json: boolean
}

type Answer = { readonly result: object; readonly text: string }

const verbs: Readonly<
  Record<string, (request: SessionsRequest, of: string, world: World) => Promise<Answer>>
> = { list, end, 'end-all': endAll }

const usage = 'countersign identity sessions <list|end|end-all> [session or person] [options]'

/** Lists or ends. */
export async function sessions(request: SessionsRequest, world: World): Promise<ExitName> {
  const [verb = '', of = ''] = request.words
  const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
  if (!run || (verb !== 'list') !== (of !== '')) {
    throw new UsageError(
      `\`${printable(request.words.join(' '))}\` is not \`list\`, \`end <session>\` or \`end-all <person>\``,
      usage,
    )
  }
  const { result, text } = await run(request, of, world)
  world.stdout.write(request.json ? `${JSON.stringify(result, undefined, 2)}\n` : `${text}\n`)
  return 'ok'
}

const pageItems = 500

async function list(request: SessionsRequest, _of: string, world: World): Promise<Answer> {
  const { person, contested } = request
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(
      api.identity.sessions,
      {
        query: {
          limit: String(pageItems),
          ...(person === undefined ? {} : { person }),
          ...(contested ? { contested: '1' as const } : {}),
        },
      },
      { signal },
    ),
  )
  const lines = result.items.map((it) => lineOf(it, it.personName, world.clock.now()))
  const more = result.total - result.items.length
  return {
    result,
    text:
      lines.length === 0
        ? 'Nobody is signed in.'
        : [...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n'),
  }
}

function lineOf(
  { id, kind, lastUsedAt, proof, seen, contestedAt }: SessionView,
  name: string,
  now: number,
): string {
  return [
    `  ${printable(name)}`,
    kind === 'program' ? 'a program' : seen ? `${seen.browser} on ${seen.platform}` : 'a browser',
    ...(seen ? [printable(seen.network)] : []),
    proof.method,
    `used ${agoText(lastUsedAt, now)}`,
    ...(contestedAt === undefined ? [] : ['SEEN ON TWO DEVICES']),
    id,
  ].join(', ')
}

async function end(request: SessionsRequest, session: string, world: World): Promise<Answer> {
  const reason = reasonOf(request)
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.identity.endSession, { params: { session }, body: { reason } }, { signal }),
  )
  return { result, text: endedText(result.ended) }
}

async function endAll(request: SessionsRequest, person: string, world: World): Promise<Answer> {
  const reason = reasonOf(request)
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.identity.endSessionsOf, { params: { person }, body: { reason } }, { signal }),
  )
  return { result, text: endedText(result.ended) }
}

function reasonOf({ reason }: SessionsRequest): string {
  if (reason === undefined || reason.trim() === '') {
    throw new UsageError('ending a session needs `--reason`', usage)
  }
  return reason
}

function endedText(ended: number): string {
  return ended === 1 ? 'One session has ended.' : `${ended} sessions have ended.`
}
