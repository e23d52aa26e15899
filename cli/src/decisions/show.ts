// `countersign decisions show`: one decision, readable like a page.
import { api } from '@countersign/contract/api'
import type { ExitName } from '#exit'
import { withControl } from '#control.client'
import type { World } from '#world'
import { decisionPage } from './page.ts'

export interface ShowRequest {
  readonly decision: string
  readonly dataDir: string | undefined
  readonly json: boolean
}

/** Prints the decision. Throws `Failure` or `ApiError` where it cannot be read. */
export async function show(request: ShowRequest, world: World): Promise<ExitName> {
  const shown = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.visibility.decision, { params: { decision: request.decision } }, { signal }),
  )
  const { paint } = world.stdout
  world.stdout.write(
    request.json
      ? `${JSON.stringify(shown, undefined, 2)}\n`
      : decisionPage(shown, { paint, timeZone: world.timeZone, now: world.clock.now() }),
  )
  return 'ok'
}
