// `countersign signout`: ends the sign-in of this program at the server, and forgets its token.
import { signinDeviceApi } from '@countersign/contract/api/signin-device'
import type { ExitName } from '#exit'
import { printable } from '#paint'
import type { World } from '#world'
import { consoleUrl } from './console-url.ts'
import { openGateway } from './gateway.client.ts'
import { readSignIns, signInsFile, writeSignIns } from './sign-ins.file.ts'

export interface SignOutRequest {
  readonly console: string | undefined
  readonly json: boolean
}

/** Signs out. The token is forgotten also where the server cannot be reached, which then throws. */
export async function signOut(request: SignOutRequest, world: World): Promise<ExitName> {
  const file = signInsFile(world)
  const { consoles, last } = await readSignIns(file)
  const { origin } = consoleUrl(request.console, last, world)
  const { [origin]: mine, ...others } = consoles
  if (mine) {
    await writeSignIns(file, { consoles: others })
    const gateway = openGateway(new URL(origin))
    try {
      await gateway.api.call(signinDeviceApi.deviceEnd, { body: { token: mine.token } })
    } finally {
      await gateway.close()
    }
  }
  const wasSignedIn = mine !== undefined
  world.stdout.write(
    request.json
      ? `${JSON.stringify({ console: origin, wasSignedIn })}\n`
      : `${wasSignedIn ? 'Signed out of' : 'Nobody was signed in to'} ${printable(origin)}.\n`,
  )
  return 'ok'
}
