// What `countersign connect` tells while it works: lines for a person, or events for a program.
import { printable } from '#paint'
import { momentText } from '#times'
import type { World } from '#world'

export type ConnectEvent =
  | {
      readonly event: 'sign-in'
      readonly url: string
      readonly userCode: string
      readonly expiresAt: number
    }
  | { readonly event: 'signed-in'; readonly name: string; readonly endsAt: number }
  | {
      readonly event: 'listening'
      readonly host: string
      readonly port: number
      readonly application: string
    }
  | { readonly event: 'opened'; readonly decision: string }
  | { readonly event: 'closed'; readonly decision: string }
  | {
      readonly event: 'cut'
      /** The decision that opened it. */
      readonly decision: string
      readonly why: string
      readonly reasons: readonly string[]
      readonly nextSteps: readonly string[]
      /** The decision that ended it, where one did. */
      readonly endedBy?: string
    }
  | {
      readonly event: 'refused'
      readonly code: string
      readonly message: string
      readonly reasons: readonly string[]
      readonly nextSteps: readonly string[]
      readonly decision?: string
    }

export type Reporter = (event: ConnectEvent) => void

/** Tells on standard error, which a tunnel through standard output leaves free. */
export function reporterTo(world: World, json: boolean): Reporter {
  return (event) => {
    const text = json
      ? JSON.stringify({ at: world.clock.now(), ...event })
      : linesOf(event, world.timeZone).join('\n')
    if (text !== '') world.stderr.write(`${text}\n`)
  }
}

function linesOf(event: ConnectEvent, timeZone: string): readonly string[] {
  switch (event.event) {
    case 'sign-in':
      return [
        'To sign in, open this address in a browser where you are signed in, and compare the code:',
        '',
        `  ${printable(event.url)}`,
        `  code ${printable(event.userCode)}`,
        '',
        `Waiting for your approval until ${momentText(event.expiresAt, timeZone)}.`,
      ]
    case 'signed-in':
      return [`Signed in as ${printable(event.name)}, until ${momentText(event.endsAt, timeZone)}.`]
    case 'listening':
      return [
        `${printable(event.application)} is at ${hostText(event.host)}:${event.port}. Ctrl-C ends it.`,
      ]
    case 'opened':
    case 'closed':
      return []
    case 'cut':
      return [
        `countersign: the tunnel was ended (${printable(event.endedBy ?? event.decision)})`,
        ...indented(event),
      ]
    case 'refused':
      return [`countersign: ${printable(event.message)}`, ...indented(event)]
  }
}

function indented({
  reasons,
  nextSteps,
}: {
  readonly reasons: readonly string[]
  readonly nextSteps: readonly string[]
}): readonly string[] {
  return [
    ...reasons.map((line) => `  ${printable(line)}`),
    ...nextSteps.map((line) => `  → ${printable(line)}`),
  ]
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
