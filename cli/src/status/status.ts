// `countersign status`: asks the server how everything is.
import { api } from '@countersign/contract/api'
import { controlSocket, withControl } from '#control.client'
import { dataDirOf } from '#data-dir'
import type { ExitName } from '#exit'
import type { World } from '#world'
import { isHealthy, type Status, statusPage } from './page.ts'

export interface StatusRequest {
  readonly dataDir: string | undefined
  readonly json: boolean
}

/** Prints the status. Throws where the server cannot be reached. */
export async function status(request: StatusRequest, world: World): Promise<ExitName> {
  const found = await withControl(request.dataDir, world, async (control, signal) => {
    const [overview, offer, ready] = await Promise.all([
      control.client.call(api.visibility.overview, {}, { signal }),
      control.client.call(api.signin.offer, {}, { signal }),
      control.isReady(signal),
    ])
    return {
      controlSocket: controlSocket(dataDirOf(request.dataDir, world)),
      ready,
      setupNeeded: offer.setupNeeded,
      overview,
    } satisfies Status
  })
  const now = world.clock.now()
  world.stdout.write(
    request.json
      ? `${JSON.stringify({ healthy: isHealthy(found, now), ...found }, undefined, 2)}\n`
      : statusPage(found, world.stdout.paint, now),
  )
  return 'ok'
}
