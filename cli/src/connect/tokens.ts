// The token of this console: the one that was kept, or a new one that somebody approves. However
// many connections want one at the same moment, one sign-in serves them all.
import { signinDeviceApi } from '@countersign/contract/api/signin-device'
import type { Client } from '@countersign/contract/client'
import type { World } from '#world'
import type { Reporter } from './reporter.ts'
import { signIn } from './sign-in.ts'
import { readSignIns, writeSignIns } from './sign-ins.file.ts'

export interface TokensOptions {
  /** Where tokens are kept. */
  readonly file: string
  /** The console's scheme, host and port. */
  readonly origin: string
  readonly api: Client
  readonly report: Reporter
  /** The name of this machine, for whoever approves. */
  readonly machine: string
  readonly signal: AbortSignal
  readonly world: Pick<World, 'clock'>
}

export class Tokens {
  readonly #options: TokensOptions
  #renewing: Promise<string> | undefined

  constructor(options: TokensOptions) {
    this.#options = options
  }

  /** A token that may still count. Signs in where there is none. */
  async current(): Promise<string> {
    const { file, origin, world } = this.#options
    const kept = (await readSignIns(file)).consoles[origin]
    return kept && kept.endsAt > world.clock.now() ? kept.token : this.renew(kept?.token)
  }

  /** A new token in the place of this one, or the one that already took its place. */
  async renew(old: string | undefined): Promise<string> {
    this.#renewing ??= this.#signIn(old).finally(() => (this.#renewing = undefined))
    return this.#renewing
  }

  async #signIn(old: string | undefined): Promise<string> {
    const { file, origin, api, world, signal } = this.#options
    const before = (await readSignIns(file)).consoles[origin]
    const isReplaced = old !== undefined && before !== undefined && before.token !== old
    if (isReplaced && before.endsAt > world.clock.now()) return before.token
    const { token, endsAt } = await signIn({ ...this.#options }, world)
    // Another run may have signed in elsewhere meanwhile.
    const now = await readSignIns(file)
    await writeSignIns(file, {
      last: origin,
      consoles: { ...now.consoles, [origin]: { token, endsAt } },
    })
    if (before) {
      // What is replaced is ended too; where that fails, it ends by itself.
      await api
        .call(signinDeviceApi.deviceEnd, { body: { token: before.token } }, { signal })
        .catch(() => {})
    }
    return token
  }
}
