// `countersign identity cadence`: how recent and how strong a sign-in must be, by tier.
import { api } from '@countersign/contract/api'
import {
  type Cadence,
  cadence as cadenceSchema,
  durationWords,
  strengthText,
} from '@countersign/contract/cadence'
import { withControl } from '#control.client'
import type { ExitName } from '#exit'
import { UsageError } from '#failure'
import { printable } from '#paint'
import type { World } from '#world'

export interface CadenceRequest {
  readonly words: readonly string[]
  readonly strength: string | undefined
  readonly dataDir: string | undefined
  readonly json: boolean
}

const usage = 'countersign identity cadence <show|set|idle> [tier] [age] [options]'

/** Shows or changes the table. */
export async function cadence(request: CadenceRequest, world: World): Promise<ExitName> {
  const [verb = 'show', first = '', second = ''] = request.words
  const change = changeOf(verb, first, second, request.strength)
  const { table, release } = await withControl(
    request.dataDir,
    world,
    async ({ client }, signal) => {
      const { cadence: current } = await client.call(api.identity.cadence, {}, { signal })
      if (!change) return { table: current, release: undefined }
      const parsed = cadenceSchema.safeParse(change(current))
      if (!parsed.success) {
        throw new UsageError(parsed.error.issues[0]?.message ?? 'this cannot be set', usage)
      }
      const made = await client.call(api.identity.setCadence, { body: parsed.data }, { signal })
      return { table: parsed.data, release: made.release }
    },
  )
  const answer = { cadence: table, ...(release === undefined ? {} : { release }) }
  world.stdout.write(
    request.json ? `${JSON.stringify(answer, undefined, 2)}\n` : `${textOf(table, release)}\n`,
  )
  return 'ok'
}

type Change = (current: Cadence) => unknown

function changeOf(
  verb: string,
  first: string,
  second: string,
  strength: string | undefined,
): Change | undefined {
  switch (verb) {
    case 'show':
      return undefined
    case 'idle': {
      const idleSeconds = secondsOf(first)
      return (current) => ({ ...current, idleSeconds })
    }
    case 'set': {
      if (!/^[0-3]$/.test(first)) {
        throw new UsageError(`\`${printable(first)}\` is not a tier: 0, 1, 2 or 3`, usage)
      }
      const maxAgeSeconds = secondsOf(second)
      return (current) => ({
        ...current,
        tiers: current.tiers.map((row, tier) =>
          tier === Number(first)
            ? { maxAgeSeconds, minStrength: strength ? Number(strength) : row.minStrength }
            : row,
        ),
      })
    }
    default:
      throw new UsageError(
        `\`${printable(verb)}\` is neither \`show\` nor \`set\` nor \`idle\``,
        usage,
      )
  }
}

function secondsOf(text: string): number {
  const [, count, unit] = /^(\d{1,3})\s?(min|h)$/.exec(text) ?? []
  if (count === undefined) {
    throw new UsageError(`\`${printable(text)}\` is not a time such as \`15min\` or \`4h\``, usage)
  }
  return Number(count) * (unit === 'h' ? 3600 : 60)
}

function textOf({ tiers, idleSeconds }: Cadence, release: number | undefined): string {
  return [
    ...tiers.map(
      ({ maxAgeSeconds, minStrength }, tier) =>
        `  tier ${tier}: a sign-in of the last ${durationWords(maxAgeSeconds)}, ${strengthText(minStrength)}`,
    ),
    `  a session that nobody uses ends after ${durationWords(idleSeconds)}`,
    ...(release === undefined ? [] : ['', `In force with release ${release}.`]),
  ].join('\n')
}
