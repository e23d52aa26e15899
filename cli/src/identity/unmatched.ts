// `countersign identity unmatched`: people whom an identity provider knows and we do not, and the other
// way round.
import { api } from '@countersign/contract/api'
import { withControl } from '#control.client'
import type { ExitName } from '#exit'
import { Failure, UsageError } from '#failure'
import { printable } from '#paint'
import { momentText } from '#times'
import type { World } from '#world'

export interface UnmatchedRequest {
  /** What to do, to whom, and who that is. */
  readonly words: readonly string[]
  readonly reason: string | undefined
  readonly all: boolean
  readonly dataDir: string | undefined
  readonly json: boolean
}

interface Answer {
  readonly result: object
  readonly text: string
}
interface Verb {
  /** Words after the verb. */
  readonly takes: number
  readonly run: (
    request: UnmatchedRequest,
    words: readonly string[],
    world: World,
  ) => Promise<Answer>
}

const verbs: Readonly<Record<string, Verb>> = {
  list: { takes: 0, run: list },
  missing: { takes: 0, run: missing },
  link: { takes: 2, run: link },
  dismiss: { takes: 1, run: dismiss },
}
const usage =
  'countersign identity unmatched <list|missing|link|dismiss> [reference] [person] [--reason <text>]'
const shownMax = 200

export async function unmatched(request: UnmatchedRequest, world: World): Promise<ExitName> {
  const [name = '', ...words] = request.words
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (!verb || words.length !== verb.takes) {
    throw new UsageError(
      verb
        ? `\`${name}\` takes ${verb.takes} ${verb.takes === 1 ? 'word' : 'words'}`
        : `\`${printable(name)}\` is none of \`list\`, \`missing\`, \`link\` and \`dismiss\``,
      usage,
    )
  }
  const { result, text } = await verb.run(request, words, world)
  world.stdout.write(request.json ? `${JSON.stringify(result, undefined, 2)}\n` : `${text}\n`)
  return 'ok'
}

async function queue({ all, dataDir }: Pick<UnmatchedRequest, 'all' | 'dataDir'>, world: World) {
  return withControl(dataDir, world, ({ client }, signal) =>
    client.call(
      api.identity.unmatched,
      { query: { limit: shownMax, ...(all ? {} : { state: 'open' }) } },
      { signal },
    ),
  )
}

async function list(
  request: UnmatchedRequest,
  _: readonly string[],
  world: World,
): Promise<Answer> {
  const result = await queue(request, world)
  const lines = result.items.map((it) => {
    const { reference, provider, subject, reason, claims, count, lastSeenAt, candidates } = it
    const who = claims['name'] ?? claims['email'] ?? subject
    const meant = candidates.length > 0 ? `; could be ${candidates.map(printable).join(', ')}` : ''
    const settled = it.dismissed ? `; dismissed: ${printable(it.dismissed.reason)}` : ''
    return `  ${reference}  ${printable(who)} at ${provider}: ${reason}; came ${count} times, last ${momentText(lastSeenAt, world.timeZone)}${meant}${settled}`
  })
  const more = result.total - result.items.length
  return {
    result,
    text:
      lines.length === 0
        ? 'Everyone who came is known here.'
        : [...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n'),
  }
}

async function missing(
  { dataDir }: UnmatchedRequest,
  _: readonly string[],
  world: World,
): Promise<Answer> {
  const result = await withControl(dataDir, world, ({ client }, signal) =>
    client.call(api.identity.neverArrived, { query: { limit: shownMax } }, { signal }),
  )
  const lines = result.items.map(
    ({ person, name, provider }) =>
      `  ${printable(person)}  ${printable(name)}: never signed in through ${provider}`,
  )
  const more = result.total - result.items.length
  return {
    result,
    text:
      lines.length === 0
        ? 'Everyone of the domains of a provider has come through it.'
        : [...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n'),
  }
}

async function link(
  request: UnmatchedRequest,
  [reference = '', person = '']: readonly string[],
  world: World,
): Promise<Answer> {
  const id = await idOf(request, reference, world)
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(
      api.identity.linkUnmatched,
      { params: { unmatched: id }, body: { person } },
      { signal },
    ),
  )
  return { result, text: `They are \`${printable(person)}\` from now on.` }
}

async function dismiss(
  request: UnmatchedRequest,
  [reference = '']: readonly string[],
  world: World,
): Promise<Answer> {
  const { reason } = request
  if (reason === undefined || reason.trim() === '') {
    throw new UsageError('say why with `--reason`; it goes on record', usage)
  }
  const id = await idOf(request, reference, world)
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(
      api.identity.dismissUnmatched,
      { params: { unmatched: id }, body: { reason } },
      { signal },
    ),
  )
  return { result, text: 'They stay unknown.' }
}

/** The entry that a person named by its reference, as the page told them, or by its whole id. */
async function idOf(
  { dataDir }: UnmatchedRequest,
  reference: string,
  world: World,
): Promise<string> {
  if (/^[0-9a-f]{64}$/.test(reference)) return reference
  const wanted = reference.replaceAll('-', '').toUpperCase()
  const { items } = await queue({ all: true, dataDir }, world)
  const found = items.filter((it) => it.reference.replaceAll('-', '') === wanted)
  const [first, another] = found
  if (first && !another) return first.id
  throw new Failure(
    'notFound',
    `nobody in the queue has the reference \`${printable(reference)}\``,
    'look who is there with `countersign identity unmatched list --all`',
  )
}
