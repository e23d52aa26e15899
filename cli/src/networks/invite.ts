// `countersign networks invite`: lets one more gateway enrol.
import { api } from '@countersign/contract/api'
import { withControl } from '#control.client'
import type { ExitName } from '#exit'
import { momentText } from '#times'
import type { World } from '#world'

export interface InviteRequest {
  readonly dataDir: string | undefined
  readonly json: boolean
}

/** Prints a single-use token and how to use it. */
export async function invite(request: InviteRequest, world: World): Promise<ExitName> {
  const invitation = await withControl(request.dataDir, world, ({ client }, signal) =>
    client.call(api.networks.invite, { body: {} }, { signal }),
  )
  world.stdout.write(
    request.json
      ? `${JSON.stringify(invitation, undefined, 2)}\n`
      : invitationText(invitation, world.timeZone),
  )
  return 'ok'
}

/** How to use an invitation, for a person. */
export function invitationText(
  { token, expiresAt }: { readonly token: string; readonly expiresAt: number },
  timeZone: string,
): string {
  return [
    `One gateway may enrol with this, until ${momentText(expiresAt, timeZone)}:`,
    '',
    `  countersign gateway --enrol ${token}`,
    '',
  ].join('\n')
}
