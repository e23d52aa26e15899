// `countersign applications check`: what must be right before an application is published.
import { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { withControl } from '#control.client'
import type { ExitName } from '#exit'
import { printable } from '#paint'
import type { Output, World } from '#world'

export interface CheckRequest {
  readonly application: string
  readonly dataDir: string | undefined
  readonly json: boolean
}

type Checked = RouteResult<typeof api.applications.check>

/** Prints the checklist. */
export async function check(request: CheckRequest, world: World): Promise<ExitName> {
  const { application } = request
  const checked = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.applications.check, { params: { application } }, { signal }),
  )
  world.stdout.write(
    request.json
      ? `${JSON.stringify(checked, undefined, 2)}\n`
      : `${page(checked, world.stdout.paint)}\n`,
  )
  return checked.ready ? 'ok' : 'findings'
}

function page({ application, ready, checks }: Checked, paint: Output['paint']): string {
  const width = Math.max(...checks.map(({ check: name }) => name.length))
  const lines = checks.flatMap(({ check: name, passed, finding, next }) => [
    `  ${passed ? paint('good', 'ok  ') : paint('bad', 'todo')}  ${name.padEnd(width)}  ${printable(finding)}`,
    ...(next === undefined ? [] : [`${' '.repeat(width + 10)}${paint('strong', printable(next))}`]),
  ])
  const open = checks.filter(({ passed }) => !passed).length
  const id = printable(application)
  const verdict = ready
    ? paint('good', `\`${id}\` is ready to be published.`)
    : paint('bad', `\`${id}\` is not ready to be published: ${open} of ${checks.length} to do.`)
  return [...lines, '', verdict].join('\n')
}
