// `countersign applications coverage`: which share of the applications people sign on to anywhere.
import { api } from '@countersign/contract/api'
import type { SignOnCoverage } from '@countersign/contract/api/sign-on'
import { withControl } from '#control.client'
import type { ExitName } from '#exit'
import { type Output, type World } from '#world'
import { printable } from '#paint'

export interface CoverageRequest {
  readonly days: number
  readonly dataDir: string | undefined
  readonly json: boolean
}

/** Prints the coverage. Ends with findings where something is used past it. */
export async function coverage(request: CoverageRequest, world: World): Promise<ExitName> {
  const found = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.applications.coverage, { query: { days: request.days } }, { signal }),
  )
  world.stdout.write(
    request.json
      ? `${JSON.stringify(found, undefined, 2)}\n`
      : `${page(found, request.days, world.stdout.paint)}\n`,
  )
  return found.shadow.length === 0 ? 'ok' : 'findings'
}

function page(
  { applications, signIns, by, items, shadow }: SignOnCoverage,
  days: number,
  paint: Output['paint'],
): string {
  const width = Math.max(0, ...items.map(({ application }) => printable(application).length))
  const rows = items.map(({ application, by: behind, signIns: count }) => {
    const how = behind.length === 0 ? paint('bad', 'none'.padEnd(16)) : behind.join(', ').padEnd(16)
    return `  ${printable(application).padEnd(width)}  ${how}  ${count}`
  })
  const kinds = Object.entries(by).map(([kind, count]) => `${kind} ${count}`)
  return [
    ...rows,
    '',
    `applications  ${shareText(applications)}  (${kinds.join(', ')})`,
    `sign-ins      ${shareText(signIns)}, in ${days} days`,
    ...(shadow.length === 0
      ? []
      : [
          '',
          paint('bad', 'In use and signed on nowhere:'),
          ...shadow.map(
            ({ application, known, seen }) =>
              `  ${printable(application)}, seen in ${seen}${known ? '' : ', not in the inventory'}`,
          ),
        ]),
  ].join('\n')
}

function shareText({ covered, total }: SignOnCoverage['applications']): string {
  if (total === 0) return 'none'
  return `${covered} of ${total}, ${Math.floor((100 * covered) / total)} %`
}
