// `countersign identity break-glass`: the accounts of the last resort.
import { api } from '@countersign/contract/api'
import { withControl } from '#control.client'
import type { ExitName } from '#exit'
import { UsageError } from '#failure'
import { printable } from '#paint'
import { agoText, momentText } from '#times'
import type { World } from '#world'

export interface BreakGlassRequest {
  readonly words: readonly string[]
  readonly postMortem: string | undefined
  readonly dataDir: string | undefined
  readonly json: boolean
}

interface Answer {
  readonly result: object
  readonly text: string
  readonly exit?: ExitName
}

const verbs: Readonly<
  Record<string, (request: BreakGlassRequest, of: string, world: World) => Promise<Answer>>
> = { list, add, remove, drill, acknowledge }

const usage =
  'countersign identity break-glass <list|add|remove|drill|acknowledge> [person or use] [options]'

/** Does what the first word says. */
export async function breakGlass(request: BreakGlassRequest, world: World): Promise<ExitName> {
  const [verb = '', of = ''] = request.words
  const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
  if (!run || (verb !== 'list') !== (of !== '')) {
    throw new UsageError(
      `\`${printable(request.words.join(' '))}\` is not \`list\`, \`add <person>\`, \`remove <person>\`, \`drill <person>\` or \`acknowledge <use>\``,
      usage,
    )
  }
  const { result, text, exit = 'ok' } = await run(request, of, world)
  world.stdout.write(request.json ? `${JSON.stringify(result, undefined, 2)}\n` : `${text}\n`)
  return exit
}

async function list(request: BreakGlassRequest, _of: string, world: World): Promise<Answer> {
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.identity.breakGlass, {}, { signal }),
  )
  const { accounts, uses, findings } = result
  const now = world.clock.now()
  const text = [
    ...accounts.map(({ person, name, methods, lastDrillAt }) =>
      [
        `  ${printable(name)} (${printable(person)})`,
        methods.length > 0 ? methods.join(' and ') : 'nothing to sign in with',
        lastDrillAt === undefined ? 'never drilled' : `drilled ${agoText(lastDrillAt, now)}`,
      ].join(', '),
    ),
    ...uses
      .filter(({ acknowledged, isDrill }) => !acknowledged && !isDrill)
      .map((use) => `  used ${momentText(use.at, world.timeZone)}: ${use.id}`),
    ...findings.map(({ words }) => `  ! ${printable(words)}`),
  ]
  return {
    result,
    text: text.join('\n'),
    exit: findings.length > 0 ? 'findings' : 'ok',
  }
}

async function add(request: BreakGlassRequest, person: string, world: World): Promise<Answer> {
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.identity.addBreakGlass, { params: { person }, body: {} }, { signal }),
  )
  return { result, text: `\`${printable(person)}\` is an account of the last resort now.` }
}

async function remove(request: BreakGlassRequest, person: string, world: World): Promise<Answer> {
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.identity.removeBreakGlass, { params: { person } }, { signal }),
  )
  return { result, text: `\`${printable(person)}\` is an ordinary account again.` }
}

async function drill(request: BreakGlassRequest, person: string, world: World): Promise<Answer> {
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.identity.declareDrill, { params: { person }, body: {} }, { signal }),
  )
  const until = momentText(result.until, world.timeZone)
  return {
    result,
    text: `The next sign-in of \`${printable(person)}\` until ${until} is a drill.`,
  }
}

async function acknowledge(request: BreakGlassRequest, use: string, world: World): Promise<Answer> {
  const { postMortem } = request
  if (postMortem === undefined) throw new UsageError('this needs `--post-mortem`', usage)
  const result = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.identity.acknowledgeUse, { params: { use }, body: { postMortem } }, { signal }),
  )
  return { result, text: 'It is acknowledged.' }
}
