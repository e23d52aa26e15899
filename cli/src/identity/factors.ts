// `countersign identity factors`: which factors count beyond passkeys. Each verb changes one thing
// of the policy and leaves the rest as it is.
import { api } from '@countersign/contract/api'
import type { FactorsPolicy } from '@countersign/contract/factors'
import { withControl } from '#control.client'
import type { ExitName } from '#exit'
import { UsageError } from '#failure'
import { printable } from '#paint'
import type { World } from '#world'
import { resolve } from 'node:path'
import { readRoots } from './roots.file.ts'

export interface FactorsRequest {
  /** The words after the command: what to do, and with what. */
  readonly words: readonly string[]
  /** A file with root certificates in PEM. */
  readonly roots: string | undefined
  readonly name: string | undefined
  readonly dataDir: string | undefined
  readonly json: boolean
}

type Change = (
  policy: FactorsPolicy,
  of: string,
  request: FactorsRequest,
  world: World,
) => Promise<FactorsPolicy>

const changes: Readonly<Record<string, Change>> = {
  'allow-key': async (policy, aaguid, { name = aaguid, roots }, { directory }) => ({
    ...policy,
    hardwareKeys: [
      ...policy.hardwareKeys.filter((it) => it.aaguid !== aaguid.toLowerCase()),
      {
        aaguid: aaguid.toLowerCase(),
        name,
        roots: roots === undefined ? [] : [...(await readRoots(resolve(directory, roots)))],
      },
    ],
  }),
  'forbid-key': async (policy, aaguid) => ({
    ...policy,
    hardwareKeys: policy.hardwareKeys.filter((it) => it.aaguid !== aaguid.toLowerCase()),
  }),
  'allow-codes': async (policy, group) => ({
    ...policy,
    otpGroups: [...policy.otpGroups.filter((it) => it !== group), group],
  }),
  'forbid-codes': async (policy, group) => ({
    ...policy,
    otpGroups: policy.otpGroups.filter((it) => it !== group),
  }),
  'recovery-wait': async (policy, minutes) => ({
    ...policy,
    recoveryWaitMinutes: /^\d{1,5}$/.test(minutes) ? Number(minutes) : Number.NaN,
  }),
}

/** Shows the policy, or changes it and shows what it is then. */
export async function factors(request: FactorsRequest, world: World): Promise<ExitName> {
  const [verb = 'show', of = ''] = request.words
  const change = Object.hasOwn(changes, verb) ? changes[verb] : undefined
  if (verb === 'show' ? of !== '' : !change || of === '') {
    throw new UsageError(
      `\`${printable(request.words.join(' '))}\` is not \`show\` nor one of \`${Object.keys(changes).join('`, `')}\` with what it is about`,
      'countersign identity factors [show|allow-key|forbid-key|allow-codes|forbid-codes|recovery-wait] [value] [options]',
    )
  }
  const policy = await withControl(request.dataDir, world, async ({ client }, signal) => {
    const current = await client.call(api.identity.factorsPolicy, {}, { signal })
    if (!change) return current
    const body = await change(current, of, request, world)
    if (Number.isNaN(body.recoveryWaitMinutes)) {
      throw new UsageError(
        `\`${printable(of)}\` is no number of minutes`,
        'countersign identity factors recovery-wait 30',
      )
    }
    return client.call(api.identity.setFactorsPolicy, { body }, { signal })
  })
  world.stdout.write(
    request.json ? `${JSON.stringify(policy, undefined, 2)}\n` : `${pageOf(policy)}\n`,
  )
  return 'ok'
}

function pageOf({ hardwareKeys, otpGroups, recoveryWaitMinutes }: FactorsPolicy): string {
  const keys = hardwareKeys.map(
    ({ aaguid, name, roots }) =>
      `  ${aaguid}  ${printable(name)}, ${roots.length === 0 ? 'whoever certified it: give its maker’s root with --roots' : `certified under ${roots.length} root${roots.length === 1 ? '' : 's'}`}`,
  )
  return [
    'Passkeys count, always.',
    keys.length === 0
      ? 'Hardware keys: no model counts as one.'
      : ['Hardware keys are of these models:', ...keys].join('\n'),
    otpGroups.length === 0
      ? 'Codes from an app: off for everyone.'
      : `Codes from an app: on for the groups ${otpGroups.map(printable).join(', ')}.`,
    `After a loss, a new passkey can be registered ${recoveryWaitMinutes} min after a second person confirmed.`,
  ].join('\n')
}
