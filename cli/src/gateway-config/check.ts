// `countersign gateway config <proxy> --check <url>`: tries the known ways around a running proxy.
import {
  type Finding,
  type Hole,
  holes,
  judgeAnswer,
  ordinary,
} from '@countersign/contract/proxy-config/holes'
import type { ExitName } from '#exit'
import { Failure } from '#failure'
import type { World } from '#world'
import { send } from './send.client.ts'

/** Prints which holes are open. Throws `Failure` where nothing could be learned. */
export async function check(url: string, world: World): Promise<ExitName> {
  const target = URL.parse(url)
  if (!target || !/^https?:$/.test(target.protocol) || target.username !== '') {
    throw new Failure(
      'usage',
      '`--check` is not an http or https address',
      'use such as `https://payroll.example.com`',
    )
  }
  const first = await judged(ordinary, target)
  if (first.kind !== 'closed' || first.by !== 'gateway') {
    throw new Failure(
      'usage',
      first.kind === 'open'
        ? `\`${target.host}\` answers ${first.status} to a visitor who is not signed in`
        : `\`${target.host}\` refuses a visitor, but the gateway was not asked`,
      'check an application that is closed to visitors, behind the proxy that you mean',
    )
  }
  const { stdout } = world
  let open = 0
  for (const hole of holes) {
    const finding = await judged(hole, target)
    if (finding.kind === 'open') open++
    stdout.write(`${line(hole, finding, world)}\n`)
  }
  stdout.write(
    open === 0
      ? `\nAll ${holes.length} are closed. What a proxy passes on to an application cannot be seen from here.\n`
      : `\n${open} of ${holes.length} are open: generate the configuration again, and look for rules beside it.\n`,
  )
  return open === 0 ? 'ok' : 'findings'
}

async function judged(hole: Hole, target: URL): Promise<Finding> {
  return judgeAnswer(await send(hole.bytes(target.host), target))
}

function line({ class: number, name }: Hole, finding: Finding, { stdout }: World): string {
  const state =
    finding.kind === 'open' ? stdout.paint('bad', 'OPEN  ') : stdout.paint('good', 'closed')
  const status = finding.status === 0 ? 'no answer' : `${finding.status}`
  return `${state}  class ${String(number).padStart(2)}  ${name} (${status})`
}
